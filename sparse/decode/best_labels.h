// The best labels of every row, collected while scores pass by in blocks of labels, so that no
// [n, L] is needed. A row keeps up to twice as many candidates as it may choose and then forgets
// the worse half; after a few blocks hardly any score passes its row's limit.
#pragma once

#include <cstdint>
#include <vector>

#include "sparse/decode/decode.h"

namespace spout {

class BestLabels {
 public:
  /// options  top_k, or where that is 0 row_limit, is how many labels a row may choose
  ///   seen   [n, L] entries not to be chosen, columns ascending; may be null, else must outlive
  ///   this
  BestLabels(int64_t rows, int64_t cols, const DecodeOptions& options, const Csr* seen);

  /// Only scores above it can still be chosen in this row.
  float limit(int64_t row) const { return rows_[static_cast<size_t>(row)].limit; }

  /// One more score; labels must come in ascending order. Of equal scores the first label stays.
  /// Threads may offer to different rows at once. NaN throws ValueError.
  void offer(int64_t row, int64_t label, float score);

  /// Takes over the candidates of another part of the labels, all of them later ones.
  void take(const BestLabels& later);

  /// The chosen entries, columns ascending.
  ///   report  (may be null) gets the rows that left out labels above the threshold though top_k
  ///           is 0
  Csr finish(DecodeReport* report = nullptr);

 private:
  struct Candidate {
    int64_t label;
    float score;
  };
  struct Row {
    float limit;
    bool cut = false;
    std::vector<Candidate> candidates;
  };
  void keep_best(Row& row) const;

  int64_t cols_;
  int64_t most_;  // labels a row may choose, at most L
  bool counts_cuts_;
  const Csr* seen_;
  std::vector<Row> rows_;
};

}  // namespace spout
