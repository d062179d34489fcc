#include "spout/losses/base/label_sampler.h"

#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "spout/sparse/base/random.h"

namespace spout {

void DrawnLabels::check(int64_t num_labels) const {
  TORCH_CHECK_VALUE(label.dim() == 1 && label.sizes() == log_count.sizes(),
                    "sampled-softmax: drawn labels ", label.sizes(), " but their counts ",
                    log_count.sizes());
  if (!label.is_cpu()) return;
  const auto labels = label.accessor<int64_t, 1>();
  for (int64_t i = 0; i < labels.size(0); ++i) {
    TORCH_CHECK_INDEX(labels[i] >= 0 && labels[i] < num_labels, "sampled-softmax: label ",
                      labels[i], " was drawn of ", num_labels);
    TORCH_CHECK_VALUE(i == 0 || labels[i - 1] < labels[i], "sampled-softmax: drawn label ",
                      labels[i], " after ", labels[i - 1], "; they must ascend");
  }
}

LabelSampler::LabelSampler(const std::vector<double>& weights) {
  double sum = 0.0;
  up_to_.reserve(weights.size());
  for (const double weight : weights)
    up_to_.push_back(sum += weight);
  for (double& part : up_to_)
    part /= sum;
  if (!up_to_.empty()) up_to_.back() = 1.0;
}

std::shared_ptr<const DrawnLabels> LabelSampler::draw(int64_t count, uint64_t seed, uint64_t step,
                                                      c10::Device device) const {
  std::map<int64_t, int64_t> times;
  for (int64_t i = 0; i < count; ++i) {
    const double at =
        random_uniform(seed, RandomStream::kSampledLabels, step, static_cast<uint64_t>(i));
    ++times[std::upper_bound(up_to_.begin(), up_to_.end() - 1, at) - up_to_.begin()];
  }
  std::vector<int64_t> labels;
  std::vector<float> log_counts;
  for (const auto& [label, drawn] : times) {
    const auto index = static_cast<size_t>(label);
    const double q = up_to_[index] - (index == 0 ? 0.0 : up_to_[index - 1]);
    labels.push_back(label);
    log_counts.push_back(static_cast<float>(
        std::log(static_cast<double>(drawn) / (static_cast<double>(count) * q))));
  }
  return std::make_shared<const DrawnLabels>(DrawnLabels{
      at::tensor(labels, at::kLong).to(device), at::tensor(log_counts, at::kFloat).to(device)});
}

}  // namespace spout
