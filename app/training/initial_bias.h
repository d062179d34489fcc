// Where the output biases start: at the constants that fit the training rows, so that the first
// steps need not find out how rare the labels are.
#pragma once

#include <ATen/core/Tensor.h>

#include "losses/loss.h"
#include "losses/value_loss.h"
#include "sparse/layout/csr.h"

namespace spout {

/// For each label the constant score that fits its mean target.
///   y         [n, L] of the rows to learn from
///   positive  [L] how often its non-zeros count; undefined: once
///   support   non-zeros count as 1, whatever they are
///   returns   [L] f32
at::Tensor frequency_bias(const Loss& loss, const Csr& y, const at::Tensor& positive, bool support);

/// For each label the constant raw value that fits its non-zeros, drawn towards that of all labels
/// by the weight of one non-zero.
///   returns [L] f32
at::Tensor mean_value_bias(const ValueLoss& loss, const Csr& y);

/// What a value loss is divided by, so that its weight beside the support's loss does not depend on
/// the values' unit: the variance of the non-zeros, or 1 for a loss without a unit.
double value_unit(const ValueLoss& loss, const Csr& y);

}  // namespace spout
