// Learns a linear map of rows and prototypes, unit_rows(v + v map), by which rows come closer to
// their labels than to others: a softmax over labels of the cosines, divided by a temperature. A
// row is left out of the prototypes of its own labels, since it would else find itself there. A
// step sees a sample of the labels beside those of its rows, so that its cost does not grow with L.
// Source: prototypical networks (Snell et al., NeurIPS 2017), with one linear layer as the network.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <span>

#include "spout/sparse/layout/csr.h"

namespace spout {

struct PrototypeMapInput {
  const at::Tensor& rows;        // [n, d], of any encoder
  const Csr& y;                  // [n, L]
  std::span<const int64_t> of;   // the rows to learn from
  const at::Tensor& center;      // [d], of centred_rows()
  const at::Tensor& prototypes;  // [L, d], sums of rows and texts before they are scaled
  uint64_t seed = 1;
  std::function<void()> poll{};
};

/// Learns the map in so many passes over the rows.   returns [d, d]; zeros move nothing
at::Tensor learn_prototype_map(const PrototypeMapInput& input, int64_t epochs);

}  // namespace spout
