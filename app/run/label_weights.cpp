#include "spout/app/run/label_weights.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "spout/sparse/files/io/input_file.h"
#include "spout/sparse/files/numpy/npy.h"

namespace spout {
namespace {

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

TextField positive_weight_field(PositiveWeight& weight) {
  const auto set = [&weight](const std::string& text) {
    using Kind = PositiveWeight::Kind;
    if (text == "propensity") {
      weight = {Kind::kPropensity, 1.0, ""};
    } else if (text.ends_with(".npy")) {
      weight = {Kind::kFile, 1.0, text};
    } else {
      double number = 0.0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (error != std::errc() || end != text.data() + text.size()) return false;
      if (!(number >= 1e-6 && number <= 1e6)) return false;
      weight = {Kind::kNumber, number, ""};
    }
    return true;
  };
  const auto text = [&weight]() -> std::string {
    if (weight.kind == PositiveWeight::Kind::kFile) return weight.file;
    if (weight.kind == PositiveWeight::Kind::kPropensity) return "propensity";
    return fmt::format("{}", weight.number);
  };
  return {set, text, "a number from 1e-6 to 1e6, propensity or FILE.npy"};
}

at::Tensor positive_weights(const LabelOptions& options, const Loss& loss, const Csr& y) {
  const PositiveWeight& weight = options.positive_weight;
  if (weight.kind == PositiveWeight::Kind::kFile) return read_weights(weight.file, y.cols);
  if (weight.kind == PositiveWeight::Kind::kNumber) {
    return weight.number == 1.0 ? at::Tensor() : at::full({y.cols}, weight.number, at::kFloat);
  }
  std::vector<double> weights = inverse_propensities(y, options.propensity);
  const bool single_labels = !loss.needs_whole_rows();
  for (double& one : weights) {
    one = std::max(one, 1.0);  // with one or two training rows the formula falls below 1
    one = single_labels ? 2.0 * one - 1.0 : one;
  }
  at::Tensor result = at::tensor(weights, at::kFloat);
  check_weights(result, "--positive-weight propensity (a larger --propensity-b helps)");
  return result;
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
