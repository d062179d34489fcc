// Losses of the values that a second head gives at a target's non-zeros, and the table of them.
// Together with a loss on where the non-zeros are they make a hurdle model (Mullahy 1986): whether
// an entry is zero and how large it is otherwise are learnt apart. What a head gives is raw; its
// link turns that into the value predicted.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <string>
#include <string_view>

#include "losses/domain.h"

namespace spout {

struct ValueLossOptions {
  std::string name = "squared";
  double weight = 1.0;       // of the values' loss beside the support's
  double huber_delta = 1.0;  // huber: from which error on the loss grows linearly
};

/// A line of the table.
struct ValueLoss {
  std::string_view name;
  std::string_view help;
  Domain domain;  // of the non-zeros; kNonNegative: above 0
  /// raw [m], y [m], none of them 0 -> the terms [m], differentiable in `raw`
  at::Tensor (*terms)(const at::Tensor& raw, const at::Tensor& y, const ValueLossOptions& options);
  /// raw [m] -> the values predicted [m]
  at::Tensor (*link)(const at::Tensor& raw);
  std::string_view script;  // the link in TorchScript, of `v`
  /// The raw constant that fits values best is from_mean(mean of to_mean(value)).
  double (*to_mean)(double value);
  double (*from_mean)(double mean);
  bool in_squared_units;  // of the values; else in nats, whatever their unit
};

std::span<const ValueLoss> value_loss_table();

/// Throws ValueError that lists the known names.
const ValueLoss& find_value_loss(std::string_view name);

/// Throws ValueError where a value is not finite, or is below 0 and that has no sense.
///   values  [nnz], explicit zeros included: those are absent entries
void check_domain(const ValueLoss& loss, const at::Tensor& values);

/// Sum of the terms over the target's non-zeros, for raw values of all stored entries.
///   raw      [nnz] f32, differentiable    y [nnz]
///   weights  [nnz] of the terms; undefined: ones
at::Tensor value_loss_sum(const ValueLoss& loss, const at::Tensor& raw, const at::Tensor& y,
                          const at::Tensor& weights, const ValueLossOptions& options);

}  // namespace spout
