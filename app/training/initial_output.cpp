#include "spout/app/training/initial_output.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_vector_norm.h>

#include <algorithm>

#include "spout/app/training/initial_bias.h"
#include "spout/models/fitted/label_prototypes.h"
#include "spout/models/model_table.h"

namespace spout {
namespace {

/// Sets the weights to scaled vectors of labels, and returns the biases [L] that move the rows by
/// their mean.
at::Tensor begin_with_texts(OutputLayer& output, const OutputStart& start) {
  const at::Tensor& x = start.data.x.dense;
  const double given = start.options.model_options.prototypes.name_weight;
  const at::Tensor center = mean_row(x, start.rows);
  const at::Tensor texts = centred_rows(start.label_texts, mean_row(start.label_texts));
  const at::Tensor vectors = unit_rows(label_sums(x, start.data.y, start.rows, center) +
                                       texts * (given < 0.0 ? kUsualNameWeight : given)) *
                             kInverseTemperature;
  // The layer sees rows of any length; those of an encoder have about the same.
  const double length = at::linalg_vector_norm(x, 2, {1}).mean().item<double>();
  output.set_weight(vectors / std::max(length, 1e-12));
  return -vectors.matmul(center);
}

}  // namespace

void begin_output(OutputLayer& output, const OutputStart& start) {
  const ModelInfo& info = find_model(start.options.model);
  at::Tensor bias;
  if (start.label_texts.defined() && !info.fits_hidden) bias = begin_with_texts(output, start);
  if (start.options.bias_init == BiasInit::kFrequency) {
    const at::Tensor frequency =
        frequency_bias(start.loss, start.y, start.positive, info.has_value_head);
    bias = bias.defined() ? bias + frequency : frequency;
    if (info.has_value_head) {
      const ValueLoss& value_loss = find_value_loss(start.options.model_options.value.name);
      output.set_value_bias(mean_value_bias(value_loss, start.y));
    }
  }
  if (bias.defined()) output.set_bias(bias);
}

}  // namespace spout
