// Computes the first output biases: the constants that fit the training rows best, so that the
// first steps need not learn how rare the labels are.
#pragma once

#include <ATen/core/Tensor.h>

#include "spout/losses/base/loss.h"
#include "spout/losses/value_loss.h"
#include "spout/sparse/layout/csr.h"

namespace spout {

/// The constant score of each label that fits its mean target.
///   y         [n, L] of the training rows
///   positive  [L] the weights of the labels' non-zeros; undefined: all 1
///   support   non-zeros count as 1, whatever their values
///   returns   [L] f32
at::Tensor frequency_bias(const Loss& loss, const Csr& y, const at::Tensor& positive, bool support);

/// The constant raw value of each label that fits its non-zeros. One more non-zero with the mean of
/// all labels keeps rare labels near that mean.
///   returns [L] f32
at::Tensor mean_value_bias(const ValueLoss& loss, const Csr& y);

/// The divisor that makes a value loss independent of the values' unit, so that --value-weight
/// means the same for all data: the variance of the non-zeros, or 1 for a loss without a unit.
double value_unit(const ValueLoss& loss, const Csr& y);

}  // namespace spout
