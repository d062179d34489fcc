// The first weights and biases of an output layer: biases that fit the label frequencies
// (initial_bias.h) and, in front of a frozen encoder, weights that score a row by its cosine with
// each label's vector, which is made of the label's training rows and of its text
// (models/fitted/label_prototypes.h). Training goes on from there.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "spout/app/run/train_options.h"
#include "spout/losses/base/loss.h"
#include "spout/models/base/output_layer.h"
#include "spout/sparse/batch/dataset.h"

namespace spout {

/// What is known before the first step.
struct OutputStart {
  const TrainOptions& options;
  const Loss& loss;
  const Csr& y;                      // [n, L] the targets of the training rows
  const at::Tensor& positive;        // [L] weights of the labels' non-zeros, or undefined
  const Dataset& data;               // holds the training rows
  const std::vector<int64_t>& rows;  // the training rows
  const at::Tensor& label_texts;     // [L, d], or undefined: the layer begins with random weights
};

void begin_output(OutputLayer& output, const OutputStart& start);

}  // namespace spout
