#include "spout/models/fitted/svm_progress.h"

#include <algorithm>
#include <utility>

#include "spout/models/fitted/svm_plan.h"

namespace spout {

SvmProgress::SvmProgress(const Csr& x, const Csr& y, const std::vector<int64_t>& depths,
                         std::function<void(double)> report)
    : report_(std::move(report)) {
  if (!report_) return;
  for (const int64_t depth : depths) {
    const double seconds = depth == 0 ? one_vs_rest_seconds(x, y) : tree_seconds(x, y, depth);
    trees_.push_back({seconds, tree_entries(x, y, depth)});
    all_seconds_ += seconds;
  }
}

void SvmProgress::begin_tree(size_t tree) {
  if (!report_) return;
  const std::lock_guard lock(mutex_);
  for (; tree_ < tree; ++tree_)
    seconds_ += trees_[tree_].seconds;
  entries_ = 0.0;
}

void SvmProgress::add(double entries) {
  if (!report_) return;
  const std::lock_guard lock(mutex_);
  entries_ += entries;
  const Tree& tree = trees_[tree_];
  const double share = tree.entries > 0.0 ? std::min(entries_ / tree.entries, 1.0) : 1.0;
  if (all_seconds_ > 0.0) report_((seconds_ + share * tree.seconds) / all_seconds_);
}

}  // namespace spout
