#include "app/training/label_weights.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/options/option.h"
#include "sparse/files/input_file.h"
#include "sparse/files/npy.h"

namespace spout {
namespace {

/// The number, or nothing.
std::optional<double> as_number(const std::string& text) {
  double number = 0.0;
  try {
    set_option({"positive-weight", &number, "", ""}, text);
  } catch (const UserError&) {
    return std::nullopt;
  }
  return number;
}

void check_weights(const at::Tensor& weights, const std::string& source) {
  const auto* weight = weights.const_data_ptr<float>();
  for (int64_t label = 0; label < weights.numel(); ++label) {
    if (std::isfinite(weight[label]) && weight[label] > 0.0F) continue;
    throw UserError(fmt::format("{}: label {}: expected a weight above 0, found {}", source, label,
                                weight[label]));
  }
}

at::Tensor read_weights(const std::string& path, int64_t num_labels) {
  FileSource source(path);
  const at::Tensor weights = read_npy_floats(source);
  if (weights.dim() != 1 || weights.size(0) != num_labels) {
    throw UserError(
        fmt::format("{}: expected a weight for each of {} labels, found {} numbers in "
                    "{} dimensions",
                    path, num_labels, weights.numel(), weights.dim()));
  }
  check_weights(weights, path);
  return weights;
}

}  // namespace

void check_positive_weight(const LabelOptions& options) {
  const std::string& word = options.positive_weight;
  if (word == "propensity" || word.ends_with(".npy")) return;
  const auto number = as_number(word);
  if (number && *number >= 1e-6 && *number <= 1e6) return;
  throw UserError(fmt::format(
      "--positive-weight: expected a number from 1e-6 to 1e6, propensity or FILE.npy, found '{}'",
      word));
}

at::Tensor positive_weights(const LabelOptions& options, const Loss& loss, const Csr& y) {
  const std::string& word = options.positive_weight;
  if (word == "propensity") {
    std::vector<double> weights = inverse_propensities(y, options.propensity);
    const bool single_labels = loss.formula >= 0;
    for (double& weight : weights) {
      weight = std::max(weight, 1.0);  // a handful of rows says less than that
      weight = single_labels ? 2.0 * weight - 1.0 : weight;
    }
    at::Tensor result = at::tensor(weights, at::kFloat);
    check_weights(result, "--positive-weight propensity (a larger --propensity-b helps)");
    return result;
  }
  if (const auto number = as_number(word)) {
    return *number == 1.0 ? at::Tensor() : at::full({y.cols}, *number, at::kFloat);
  }
  return read_weights(word, y.cols);
}

std::optional<LabelSampler> label_sampler(const LabelOptions& options, const Loss& loss,
                                          const Csr& y) {
  if (!loss.samples) return std::nullopt;
  std::vector<double> weights;
  weights.reserve(static_cast<size_t>(y.cols));
  for (const int64_t count : label_counts(y))
    weights.push_back(std::pow(static_cast<double>(count) + 1.0, options.sampling_power));
  return LabelSampler(weights);
}

at::Tensor label_popularity(const Csr& y) {
  at::Tensor result = at::empty({y.cols}, at::kFloat);
  auto* out = result.mutable_data_ptr<float>();
  for (const int64_t count : label_counts(y))
    *out++ = static_cast<float>(std::log1p(static_cast<double>(count)));
  return result;
}

}  // namespace spout
