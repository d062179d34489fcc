#include "spout/app/run/svm_choice.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "spout/app/process/say.h"
#include "spout/app/run/effort.h"
#include "spout/models/model_table.h"

namespace spout {
namespace {

/// The rows as an svm reads them.
Csr rows_of(const Features& x) {
  return x.is_sparse() ? x.sparse : from_torch_csr(x.dense.to_sparse_csr());
}

}  // namespace

void settle_trees(TrainOptions& options, const Dataset& train) {
  constexpr double kLong = 20.0;  // seconds
  std::vector<int64_t>& trees = options.model_options.svm.trees;
  const ModelInfo& model = find_model(options.model);
  if (!trees.empty() || !reads_option(model, "trees")) return;
  const Features& x = train.x;
  const bool has_no_words = model.fits_hidden && !x.is_sparse();
  if (x.in_file || x.is_tokens() || has_no_words) return;
  const Effort& effort = choose(kEfforts, "effort", options.effort);
  const SvmPlan plan = plan_svm(rows_of(x), train.y, effort.svm);
  trees = plan.trees;
  if (plan.seconds < kLong) return;
  say("plan: svm --trees {}, about {:.0f} s on 2 cores\n", fmt::join(trees, ","), plan.seconds);
}

}  // namespace spout
