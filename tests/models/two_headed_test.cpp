// The hurdle model's output layer: its loss, gradients and values against dense f64 maths, for
// every value loss of the table.
#include <ATen/ATen.h>
#include <torch/csrc/jit/api/module.h>

#include "spout/losses/base/loss_options.h"
#include "spout/losses/loss_table.h"
#include "spout/losses/optimizers/optimizer.h"
#include "spout/losses/value_loss.h"
#include "spout/models/base/model.h"
#include "spout/models/encoders/two_headed.h"
#include "spout/models/outputs/two_headed_output.h"
#include "spout/tests/losses/dense_reference.h"
#include "spout/tests/models/output_layer_case.h"

using namespace spout;
using namespace spout::testing;

namespace {

constexpr int64_t kLabels = 37;

ModelOptions options_of(const ValueLoss& loss) {
  ModelOptions options;
  options.hidden = {4};
  options.value.name = loss.name;
  options.value.weight = 0.7;
  options.value.huber_delta = 0.5;
  return options;
}

/// Positive values, and one explicit zero.
at::Tensor valued_target() {
  const at::Tensor target = target_of(kLabels).clone();
  at::Tensor values = target._values();
  values.copy_(at::linspace(0.25, 3.0, values.size(0)));
  values[2] = 0.0;
  return target;
}

at::Tensor dense_value_terms(const ValueLoss& loss, const at::Tensor& v, const at::Tensor& y,
                             const ValueLossOptions& options) {
  const at::Tensor error = v - y;
  if (loss.name == "squared") return error * error;
  if (loss.name == "huber") {
    const double delta = options.huber_delta;
    return at::where(error.abs() <= delta, 0.5 * error * error,
                     delta * (error.abs() - 0.5 * delta));
  }
  if (loss.name == "poisson") return v.exp() - y * v;
  if (loss.name == "log-normal") return (v - y.log()).pow(2);
  TORCH_CHECK(false, "no dense reference for ", loss.name, ": add one above");
}

/// A layer whose parameters have been drawn, and their f64 copies.
struct Heads {
  std::shared_ptr<OutputLayer> layer;
  NamedTensors parameters;
  std::vector<at::Tensor> wide;  // support weight, bias, value weight, bias

  explicit Heads(const ModelOptions& options)
      : layer(make_two_headed_output(kNarrow, {0, kLabels}, options, 3)) {
    const at::NoGradGuard no_grad;
    uint64_t seed = 11;
    for (const char* name : {"support.weight", "support.bias", "value_weight", "value_bias"}) {
      at::Tensor parameter = layer->named_parameters()[name];
      parameter.copy_(normal(parameter.sizes(), seed++).mul(0.3));
      parameters.emplace_back(name, parameter);
      wide.push_back(parameter.detach().to(at::kDouble).requires_grad_(true));
    }
  }
  const at::Tensor& parameter(size_t i) const { return parameters[i].second; }
};

at::Tensor dense_hurdle(const Heads& heads, const at::Tensor& hidden, const at::Tensor& target,
                        const Loss& loss, const ValueLoss& value_loss, const LossWeights& weights) {
  const ValueLossOptions value = options_of(value_loss).value;
  const at::Tensor y = target.to_dense().to(at::kDouble);
  const at::Tensor present = y.ne(0).to(at::kDouble);
  const at::Tensor support =
      dense_loss(loss, at::addmm(heads.wide[1], hidden, heads.wide[0].t()), present, weights);
  const at::Tensor raw = at::addmm(heads.wide[3], hidden, heads.wide[2].t());
  at::Tensor terms = dense_value_terms(value_loss, raw, at::where(y == 0, 1.0, y), value);
  if (weights.any()) terms = terms * weights.broadcast().to(at::kDouble);
  return (support + value.weight * (terms * present).sum()) / static_cast<double>(kRows);
}

}  // namespace

TEST_CASE("two-headed: loss and gradients are those of dense f64 maths, in blocks and whole") {
  for (const ValueLoss& value_loss : value_loss_table()) {
    for (const char* support : {"bce", "squared-hinge", "softmax"}) {
      for (const bool chunked : {false, true}) {
        for (const bool weighed : {false, true}) {
          CAPTURE(value_loss.name);
          CAPTURE(support);
          CAPTURE(chunked);
          CAPTURE(weighed);
          const ModelOptions options = options_of(value_loss);
          const Heads heads(options);
          Layer batch(kLabels, at::kFloat, kNarrow);
          batch.weigh(weighed, weighed, false);
          LossOptions loss_options;
          loss_options.weights = batch.weights;
          const at::Tensor target = valued_target();
          const at::Tensor hidden = batch.hidden.to(at::kDouble).requires_grad_(true);
          const at::Tensor expected =
              dense_hurdle(heads, hidden, target, find_loss(support), value_loss, batch.weights);
          expected.backward();

          const at::Tensor x = batch.hidden.clone().requires_grad_(true);
          const auto sgd = find_optimizer("sgd").make(heads.parameters, {});
          const OutputUpdate update{*sgd, 0.1};
          const at::Tensor value = heads.layer->loss(x, target, find_loss(support), loss_options,
                                                     chunked ? &update : nullptr);
          value.backward();
          sgd->step(0.1);
          CHECK(value.item<double>() == doctest::Approx(expected.item<double>()).epsilon(1e-5));
          CHECK(largest_difference(x.grad(), hidden.grad()) < 1e-5);
          for (size_t i = 0; i < heads.wide.size(); ++i) {
            CAPTURE(heads.parameters[i].first);
            const at::Tensor moved = heads.wide[i].detach() - 0.1 * heads.wide[i].grad();
            CHECK(largest_difference(heads.parameter(i), moved) < 1e-5);
          }
        }
      }
    }
  }
}

TEST_CASE("two-headed: the values' gradient is what finite differences say") {
  const at::Tensor y = at::tensor({0.5, 2.0, 0.0, 1.25}, at::kDouble);
  const at::Tensor raw = at::tensor({0.1, 1.4, 0.3, -0.8}, at::kDouble);
  for (const ValueLoss& loss : value_loss_table()) {
    CAPTURE(loss.name);
    const ValueLossOptions options = options_of(loss).value;
    const at::Tensor leaf = raw.clone().requires_grad_(true);
    value_loss_sum(loss, leaf, y, {}, options).backward();
    for (int64_t i = 0; i < 4; ++i) {
      at::Tensor step = at::zeros_like(raw);
      step[i] = 1e-6;
      const double difference = (value_loss_sum(loss, raw + step, y, {}, options).item<double>() -
                                 value_loss_sum(loss, raw - step, y, {}, options).item<double>()) /
                                2e-6;
      CHECK(leaf.grad()[i].item<double>() == doctest::Approx(difference).epsilon(1e-6));
    }
    CHECK(leaf.grad()[2].item<double>() == 0.0);  // an explicit zero is an absent entry
  }
}

TEST_CASE("two-headed: the values of decoded entries are those of all entries, linked") {
  for (const ValueLoss& loss : value_loss_table()) {
    CAPTURE(loss.name);
    const Heads heads(options_of(loss));
    const at::Tensor hidden = normal({kRows, kNarrow}, 1).to(at::kFloat);
    const at::NoGradGuard no_grad;
    const Csr chosen = heads.layer->predict(hidden, {4}, nullptr);
    const Csr values = heads.layer->values(hidden, chosen);
    const at::Tensor all = loss.link(at::addmm(heads.parameter(3), hidden, heads.parameter(2).t()));
    CHECK(values.col.equal(chosen.col));
    for (int64_t row = 0; row < kRows; ++row) {
      for (size_t i = 0; i < 4; ++i) {
        const double expected = all[row][values.row_columns(row)[i]].item<double>();
        CHECK(values.row_values(row)[i] == doctest::Approx(expected).epsilon(1e-5));
      }
    }
    CHECK(heads.layer->values(hidden, empty_csr(kRows, kLabels)).nnz() == 0);
  }
}

TEST_CASE("two-headed: the raw constant that fits values best has no mean gradient") {
  const std::vector<double> values{0.5, 2.0, 4.0};
  for (const ValueLoss& loss : value_loss_table()) {
    if (loss.name == "huber") continue;  // its best constant lies between mean and median
    CAPTURE(loss.name);
    double mean = 0.0;
    for (const double value : values)
      mean += loss.to_mean(value) / static_cast<double>(values.size());
    const at::Tensor raw = at::full({3}, loss.from_mean(mean), at::kDouble).requires_grad_(true);
    value_loss_sum(loss, raw, at::tensor(values, at::kDouble), {}, {}).backward();
    CHECK(std::abs(raw.grad().sum().item<double>()) < 1e-12);
  }
}

TEST_CASE("two-headed: the script's values are the model's, above a threshold as well") {
  for (const ValueLoss& loss : value_loss_table()) {
    CAPTURE(loss.name);
    const auto model = make_two_headed({6, 9}, options_of(loss), 3);
    const at::NoGradGuard no_grad;
    for (const at::Tensor& parameter : model->parameters())
      parameter.normal_(0, 0.5, at::detail::createCPUGenerator(5));
    const at::Tensor x = normal({3, 6}, 8).to(at::kFloat);
    auto script = model->to_script();
    for (const auto& [k, threshold] : {std::pair{4, -1e30}, {4, 0.1}, {0, 0.1}, {0, 1e30}}) {
      CAPTURE(k);
      CAPTURE(threshold);
      const auto parts = script.get_method("predict_parts")({x, k, threshold}).toTuple();
      const Prediction expected = model->predict(x, {k, static_cast<float>(threshold)}, nullptr);
      CHECK(parts->elements()[0].toTensor().equal(expected.values.crow));
      CHECK(parts->elements()[1].toTensor().equal(expected.values.col));
      const at::Tensor values = parts->elements()[2].toTensor();
      CHECK(values.numel() == expected.values.nnz());
      if (values.numel() > 0) CHECK(largest_difference(values, expected.values.values) < 1e-5);
    }
  }
}

TEST_CASE("two-headed: values outside the domain are refused, explicit zeros are not") {
  const at::Tensor negative = at::tensor({1.0F, -2.0F});
  const at::Tensor with_zero = at::tensor({1.0F, 0.0F});
  for (const ValueLoss& loss : value_loss_table()) {
    CAPTURE(loss.name);
    check_domain(loss, with_zero);
    CHECK_ERROR(check_domain(loss, at::tensor({std::nanf("")})), "found nan");
    if (loss.domain == Domain::kReal) {
      check_domain(loss, negative);
    } else {
      CHECK_ERROR(check_domain(loss, negative), "must not be negative, found -2 to 1");
    }
  }
  CHECK_ERROR(find_value_loss("square"), "known: squared, huber, poisson, log-normal");
}
