#include "spout/models/fitted/prototype_map.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/index_put.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <vector>

#include "spout/losses/optimizers/optimizer.h"
#include "spout/models/fitted/label_prototypes.h"
#include "spout/models/fitted/prototype_output.h"
#include "spout/sparse/base/random.h"

namespace spout {
namespace {

constexpr int64_t kRows = 512;     // of a step
constexpr int64_t kLabels = 8192;  // drawn in a step
constexpr double kRate = 1e-3;     // falls to 0

/// The rows of a step, and the labels whose scores it computes.
struct Step {
  std::vector<int64_t> rows;
  std::vector<int64_t> labels;      // ascending
  std::vector<int64_t> pair_row;    // position in `rows` of each entry of the target
  std::vector<int64_t> pair_place;  // position in `labels` of the same entry
  std::vector<int64_t> pair_label;  // the label itself
};

Step draw_step(const PrototypeMapInput& input, std::span<const int64_t> rows, uint64_t step) {
  Step drawn;
  drawn.rows.assign(rows.begin(), rows.end());
  for (size_t i = 0; i < rows.size(); ++i) {
    for (const int64_t label : labels_of_row(input.y, rows[i])) {
      drawn.pair_row.push_back(static_cast<int64_t>(i));
      drawn.pair_label.push_back(label);
    }
  }
  drawn.labels =
      random_sample(input.y.cols, kLabels, input.seed + step, RandomStream::kSampledLabels);
  drawn.labels.insert(drawn.labels.end(), drawn.pair_label.begin(), drawn.pair_label.end());
  std::sort(drawn.labels.begin(), drawn.labels.end());
  drawn.labels.erase(std::unique(drawn.labels.begin(), drawn.labels.end()), drawn.labels.end());
  for (const int64_t label : drawn.pair_label) {
    drawn.pair_place.push_back(std::lower_bound(drawn.labels.begin(), drawn.labels.end(), label) -
                               drawn.labels.begin());
  }
  return drawn;
}

/// The mean loss of the rows of a step, differentiable in the map.
at::Tensor loss_of(const PrototypeMapInput& input, const Step& step, const at::Tensor& map) {
  const at::Tensor rows = at::tensor(step.rows, at::kLong);
  const at::Tensor labels = at::tensor(step.labels, at::kLong);
  const at::Tensor pair_row = at::tensor(step.pair_row, at::kLong);
  const at::Tensor pair_place = at::tensor(step.pair_place, at::kLong);
  const at::Tensor pair_label = at::tensor(step.pair_label, at::kLong);
  const at::Tensor placed = centred_rows(input.rows.index_select(0, rows), input.center);
  const at::Tensor query = mapped_rows(placed, map);
  const at::Tensor keys = mapped_rows(unit_rows(input.prototypes.index_select(0, labels)), map);
  const at::Tensor others = mapped_rows(
      unit_rows(input.prototypes.index_select(0, pair_label) - placed.index_select(0, pair_row)),
      map);
  const at::Tensor own = (query.index_select(0, pair_row) * others).sum(1) * kInverseTemperature;
  const at::Tensor scores =
      at::index_put(query.matmul(keys.t()) * kInverseTemperature, {pair_row, pair_place}, own);
  const at::Tensor normaliser = at::logsumexp(scores, 1);
  return (normaliser.index_select(0, pair_row) - own).sum() / static_cast<double>(step.rows.size());
}

}  // namespace

at::Tensor learn_prototype_map(const PrototypeMapInput& input, int64_t epochs) {
  const int64_t width = input.rows.size(1);
  at::Tensor map = at::zeros({width, width}).set_requires_grad(true);
  std::vector<int64_t> order(input.of.begin(), input.of.end());
  const auto optimizer = find_optimizer("adam").make({{"map", map}}, OptimizerOptions{});
  const auto per_epoch = std::max<int64_t>(std::ssize(order) / kRows, 1);
  for (int64_t done = 0; done < epochs * per_epoch; ++done) {
    if (input.poll) input.poll();
    if (done % per_epoch == 0) {
      shuffle(order, input.seed, RandomStream::kShuffle, static_cast<uint64_t>(done));
    }
    const auto begin = static_cast<size_t>((done % per_epoch) * kRows);
    const Step step = draw_step(
        input, std::span(order).subspan(begin, std::min<size_t>(kRows, order.size() - begin)),
        static_cast<uint64_t>(done));
    if (step.pair_row.empty()) continue;
    const at::AutoGradMode gradients(true);
    loss_of(input, step, map).backward();
    const double left = 1.0 - static_cast<double>(done) / static_cast<double>(epochs * per_epoch);
    optimizer->step(kRate * left);
  }
  return map.detach();
}

}  // namespace spout
