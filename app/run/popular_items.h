// Predicts the commonest items of the training data for users of whom no item is known. A model has
// nothing to go by for them, and some models score all items alike.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <utility>

#include "spout/sparse/batch/dataset.h"
#include "spout/sparse/decode/decode.h"

namespace spout {

class PopularItems {
 public:
  /// Takes the numbers of training users of each item, [L] i64. Undefined: nothing is predicted.
  explicit PopularItems(at::Tensor counts) : counts_(std::move(counts)) {}

  /// Replaces the rows of `predicted` whose row of x has no entry.
  ///   x     [n, D] torch.sparse_csr      seen  as in decode()
  ///   returns [n, L]; the scores are the logarithms of the items' shares of all entries
  Csr fill_in(Csr predicted, const at::Tensor& x, const DecodeOptions& options,
              const Csr* seen) const;

  /// The number of rows that fill_in() replaces.
  int64_t count(const Dataset& data) const;

 private:
  at::Tensor counts_;
};

}  // namespace spout
