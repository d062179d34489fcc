// Catalogue coverage, how many of the labels a recommender ever shows: the share of all labels that
// are among the first k of at least one row (Ge, Delgado-Battenfeld, Jannach 2010).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace spout {

class Coverage {
 public:
  /// Starts with no label shown.
  ///   num_labels  L; 0 if the coverage is not used
  explicit Coverage(int64_t num_labels) : shown_(static_cast<size_t>(num_labels), false) {}

  /// Marks the first `k` labels of a row's ranking as shown.
  void add(std::span<const int64_t> ranked, int64_t k);

  /// The share of all labels that were shown.
  double share() const;

 private:
  std::vector<bool> shown_;
};

}  // namespace spout
