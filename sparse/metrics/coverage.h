// How much of the labels a recommender ever shows: the share of all labels that is among the first
// k of at least one row ("catalogue coverage", Ge, Delgado-Battenfeld, Jannach 2010).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace spout {

class Coverage {
 public:
  /// num_labels  L; 0 where it is not used
  explicit Coverage(int64_t num_labels) : shown_(static_cast<size_t>(num_labels), false) {}

  /// Takes note of the first `k` labels of a row's ranking.
  void add(std::span<const int64_t> ranked, int64_t k);

  double share() const;

 private:
  std::vector<bool> shown_;
};

}  // namespace spout
