// Loads batches in a given order. A thread of the loader assembles the next ones while the caller
// computes.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "spout/sparse/batch/batch.h"

namespace spout {

/// The number of batches that `rows` rows make; throws ValueError unless batch_size is positive.
int64_t count_batches(int64_t rows, int64_t batch_size);

class BatchLoader {
 public:
  /// Starts the thread.
  ///   data   must outlive the loader
  ///   order  row numbers in the order of use; the last batch may be smaller
  ///   first  number of the first batch; a resumed epoch skips those before it
  BatchLoader(const Dataset& data, std::vector<int64_t> order, int64_t batch_size,
              int64_t first = 0);
  ~BatchLoader();
  BatchLoader(const BatchLoader&) = delete;
  BatchLoader& operator=(const BatchLoader&) = delete;

  /// Waits for the next batch; returns nullopt after the last. Rethrows an exception of the thread.
  std::optional<Batch> next();

  int64_t num_batches() const { return num_batches_; }

 private:
  void run();

  const Dataset& data_;
  std::vector<int64_t> order_;
  int64_t batch_size_;
  int64_t first_;
  int64_t num_batches_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Batch> ready_;
  std::exception_ptr error_;
  bool done_ = false;
  bool stop_ = false;
  std::thread thread_;  // declared last, since it uses all of the above
};

}  // namespace spout
