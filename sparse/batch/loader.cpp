#include "spout/sparse/batch/loader.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <utility>

namespace spout {
namespace {

constexpr size_t kAhead = 2;  // batches assembled ahead of their use

}  // namespace

int64_t count_batches(int64_t rows, int64_t batch_size) {
  TORCH_CHECK_VALUE(batch_size > 0, "batch size must be positive, found ", batch_size);
  return rows == 0 ? 0 : 1 + (rows - 1) / batch_size;
}

BatchLoader::BatchLoader(const Dataset& data, std::vector<int64_t> order, int64_t batch_size,
                         int64_t first)
    : data_(data),
      order_(std::move(order)),
      batch_size_(batch_size),
      first_(first),
      num_batches_(count_batches(static_cast<int64_t>(order_.size()), batch_size)),
      thread_([this] { run(); }) {}

BatchLoader::~BatchLoader() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void BatchLoader::run() {
  try {
    for (int64_t i = first_; i < num_batches_; ++i) {
      const int64_t begin = i * batch_size_;
      const auto end = begin + std::min(batch_size_, static_cast<int64_t>(order_.size()) - begin);
      Batch batch = assemble(data_, std::span(order_).subspan(static_cast<size_t>(begin),
                                                              static_cast<size_t>(end - begin)));
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stop_ || ready_.size() < kAhead; });
      if (stop_) return;
      ready_.push_back(std::move(batch));
      changed_.notify_all();
    }
  } catch (...) {
    const std::lock_guard lock(mutex_);
    error_ = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  done_ = true;
  changed_.notify_all();
}

std::optional<Batch> BatchLoader::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !ready_.empty() || done_; });
  if (error_ != nullptr) std::rethrow_exception(error_);
  if (ready_.empty()) return std::nullopt;
  Batch batch = std::move(ready_.front());
  ready_.pop_front();
  changed_.notify_all();
  return batch;
}

}  // namespace spout
