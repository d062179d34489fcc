// How much of an svm is fitted: each tree counts what it is estimated to take.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "spout/sparse/layout/csr.h"

namespace spout {

class SvmProgress {
 public:
  /// Begins before the first tree.
  ///   x [n, D], y [n, L]  the training rows
  ///   report              receives the share that is done, from 0 to 1; may be empty
  SvmProgress(const Csr& x, const Csr& y, const std::vector<int64_t>& depths,
              std::function<void(double)> report);

  /// Takes note that a tree begins, counted from 0, and those before it are done.
  void begin_tree(size_t tree);

  /// Takes note of what a tree has read (SvmOptions::done). Any thread may call it.
  void add(double entries);

 private:
  struct Tree {
    double seconds;
    double entries;
  };

  std::function<void(double)> report_;
  std::vector<Tree> trees_;
  double all_seconds_ = 0.0;
  std::mutex mutex_;
  size_t tree_ = 0;
  double seconds_ = 0.0;  // of the trees before it
  double entries_ = 0.0;  // that it has read
};

}  // namespace spout
