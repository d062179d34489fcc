// Collects the best labels of every row while scores arrive in blocks of labels, so that no [n, L]
// is needed. A row keeps up to twice as many candidates as it may choose and then drops the worse
// half; after a few blocks hardly any score passes its row's limit.
#pragma once

#include <cstdint>
#include <vector>

#include "spout/sparse/decode/decode_options.h"

namespace spout {

class BestLabels {
 public:
  /// Starts without candidates.
  ///   options  a row may choose top_k labels, or row_limit if top_k is 0
  ///   seen     [n, L] entries not to be chosen, columns ascending; null, or must outlive this
  BestLabels(int64_t rows, int64_t cols, const DecodeOptions& options, const Csr* seen);

  /// Only a score above the limit can still be chosen in this row.
  float limit(int64_t row) const { return rows_[static_cast<size_t>(row)].limit; }

  /// Offers one more score. Labels must come in ascending order: of equal scores the first stays.
  /// Threads may offer to different rows at once. NaN throws ValueError.
  void offer(int64_t row, int64_t label, float score);

  /// Takes over the candidates of another block of labels, all of which come after these.
  void take(const BestLabels& later);

  /// Returns the chosen entries, columns ascending.
  ///   report  (may be null) counts the rows that had more than row_limit labels, if top_k is 0
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
  int64_t most_;  // most labels that a row may choose, at most L
  bool counts_cuts_;
  const Csr* seen_;
  std::vector<Row> rows_;
};

}  // namespace spout
