// Value losses are for the second head of a two-headed output layer, which predicts the values of
// the target's non-zeros. Together with a loss on where the non-zeros are they make a hurdle model
// (Mullahy 1986): whether an entry is zero, and how large it is otherwise, are learnt separately.
// The head gives a raw number; the link of the loss turns it into the predicted value.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <string>
#include <string_view>

#include "spout/losses/formulas/domain.h"

namespace spout {

struct ValueLossOptions {
  std::string name = "squared";
  // The weight of the value loss relative to the loss on where the non-zeros are.
  double weight = 1.0;
  // huber: the error above which the loss grows linearly.
  double huber_delta = 1.0;
};

/// A line of the table of value losses.
struct ValueLoss {
  std::string_view name;
  std::string_view help;
  /// The domain of the non-zeros; kNonNegative therefore means above 0.
  Domain domain;
  /// The terms [m] of raw [m] and values y [m], none of them 0; differentiable in `raw`.
  at::Tensor (*terms)(const at::Tensor& raw, const at::Tensor& y, const ValueLossOptions& options);
  /// The predicted values [m] of raw [m].
  at::Tensor (*link)(const at::Tensor& raw);
  /// The link as a TorchScript expression in `v`.
  std::string_view script;
  /// The raw constant that fits some values best is from_mean(mean of to_mean(value)).
  double (*to_mean)(double value);
  double (*from_mean)(double mean);
  /// Whether the loss is in squared units of the values; otherwise it is in nats.
  bool in_squared_units;
};

std::span<const ValueLoss> value_loss_table();

/// The line of the value loss called `name`.
///   throws ValueError, listing the known names
const ValueLoss& find_value_loss(std::string_view name);

/// Throws ValueError where a value is not finite, or is negative and the loss takes no such values.
///   values  [nnz], explicit zeros included, which count as absent entries
void check_domain(const ValueLoss& loss, const at::Tensor& values);

/// The sum of the terms over the target's non-zeros, given raw values of all stored entries.
///   raw      [nnz] f32, differentiable    y [nnz]
///   weights  [nnz] of the terms; undefined means ones
at::Tensor value_loss_sum(const ValueLoss& loss, const at::Tensor& raw, const at::Tensor& y,
                          const at::Tensor& weights, const ValueLossOptions& options);

}  // namespace spout
