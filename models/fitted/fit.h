// The input of models that are fitted to all training rows at once instead of trained in steps.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "spout/models/base/model_options.h"
#include "spout/sparse/layout/csr.h"

namespace spout {

/// Options that the data have settled: the name and the value of each, as text.
using SettledOptions = std::vector<std::pair<std::string, std::string>>;

/// The training rows, and what a caller wants to hear while a model is fitted.
struct FitInput {
  const Csr& x;  // [n, D] features
  const Csr& y;  // [n, L] targets
  uint64_t seed = 1;
  // Called now and then, by any thread; may throw to stop.
  std::function<void()> poll{};
  // Receives the share of the work that is done, from 0 to 1, now and then, by one thread at a
  // time.
  std::function<void(double)> progress{};
  // Receives the options that the data have settled.
  std::function<void(const SettledOptions&)> settled{};
  at::Tensor hidden{};       // [n, d] f32, the rows of a pretrained encoder; undefined: none
  at::Tensor label_texts{};  // [L, d] f32, the rows of the labels' texts; undefined: none
};

/// The size of the training data, for an estimate of memory.
struct FitSize {
  ModelShape shape;
  int64_t rows = 0;
  double features_per_row = 0;                       // mean
  double labels_per_row = 0;                         // mean
  int64_t neighbours = ItemKnnOptions().neighbours;  // that models of items keep of an item
};

}  // namespace spout
