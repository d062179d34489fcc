// Drawn labels: what they stand for on average, and sampled softmax where all labels are drawn.
#include <ATen/ATen.h>

#include "spout/losses/base/label_sampler.h"
#include "spout/losses/chunked/entry_scores.h"
#include "spout/losses/loss_table.h"
#include "spout/tests/losses/dense_reference.h"
#include "spout/tests/models/output_layer_case.h"

using namespace spout;
using namespace spout::testing;

TEST_CASE("label sampler: on average the drawn labels stand for every label once") {
  const std::vector<double> weights{10.0, 5.0, 1.0, 1.0, 0.1};
  const LabelSampler sampler(weights);
  at::Tensor sum = at::zeros({5}, at::kDouble);
  constexpr int kSteps = 4000;
  for (uint64_t step = 0; step < kSteps; ++step) {
    const auto drawn = sampler.draw(40, 7, step, at::kCPU);
    drawn->check(5);
    sum.index_add_(0, drawn->label, drawn->log_count.exp().to(at::kDouble));
  }
  CHECK((sum / kSteps - 1.0).abs().max().item<double>() < 0.1);
}

TEST_CASE("label sampler: a step's labels depend on seed and step only") {
  const LabelSampler sampler(std::vector<double>(1000, 1.0));
  const auto labels = [&](uint64_t seed, uint64_t step) {
    return sampler.draw(50, seed, step, at::kCPU)->label;
  };
  CHECK(labels(1, 5).equal(labels(1, 5)));
  CHECK_FALSE(labels(1, 5).equal(labels(1, 6)));
  CHECK_FALSE(labels(1, 5).equal(labels(2, 5)));
}

TEST_CASE("sampled softmax: with all labels drawn once each it is softmax") {
  Loss sampled = find_loss("sampled-softmax");
  sampled.drawn =
      std::make_shared<const DrawnLabels>(DrawnLabels{at::arange(37, at::kLong), at::zeros({37})});
  const Layer layer(37, at::kFloat);
  const auto step = [&](const Loss& loss, at::Tensor& weight, at::Tensor& bias) {
    weight = at::zeros_like(layer.weight);
    bias = at::zeros_like(layer.bias);
    GradientSink sink(weight, bias);
    return chunked_step(loss, layer.input(), blocks_of(8), sink);
  };
  std::array<at::Tensor, 2> weight;
  std::array<at::Tensor, 2> bias;
  const auto a = step(sampled, weight[0], bias[0]);
  const auto b = step(find_loss("softmax"), weight[1], bias[1]);
  CHECK(a.value.item<double>() == doctest::Approx(b.value.item<double>()).epsilon(1e-6));
  CHECK(largest_difference(a.hidden_gradient, b.hidden_gradient) < 1e-5);
  CHECK(largest_difference(weight[0], weight[1]) < 1e-5);
  CHECK(largest_difference(bias[0], bias[1]) < 1e-5);
}

TEST_CASE("sampled softmax: a row without targets has no gradient, however high its scores are") {
  Loss loss = find_loss("sampled-softmax");
  loss.drawn = some_drawn_labels();
  Layer layer(37, at::kFloat);
  layer.bias.fill_(200.0);
  const at::Tensor weight = at::zeros_like(layer.weight);
  GradientSink sink(weight, at::zeros_like(layer.bias));
  const auto result = chunked_step(loss, layer.input(), blocks_of(8), sink);
  CHECK(result.hidden_gradient.isfinite().all().item<bool>());
  CHECK(result.hidden_gradient[1].abs().max().item<double>() == 0.0);  // row 1 is empty
  CHECK(weight.isfinite().all().item<bool>());
}

TEST_CASE("sampled softmax: NaN and +infinity show in the value of a row without targets as well") {
  Loss loss = find_loss("sampled-softmax");
  loss.drawn = some_drawn_labels();
  for (const double bad :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    Layer layer(37, at::kFloat);
    layer.weight.fill_(0.1);
    layer.hidden[1].fill_(bad);  // row 1 is empty
    CHECK_FALSE(std::isfinite(chunked_value(loss, layer.input(), {}).item<double>()));
  }
}

TEST_CASE("sampled softmax: drawn labels out of range or out of order are refused") {
  const auto with = [](const std::vector<int64_t>& labels) {
    Loss loss = find_loss("sampled-softmax");
    const at::Tensor label = at::tensor(labels, at::kLong);
    loss.drawn = std::make_shared<const DrawnLabels>(DrawnLabels{label, at::zeros(label.sizes())});
    return chunked_value(loss, Layer(37, at::kFloat).input(), {});
  };
  CHECK_ERROR(with({3, 37}), "label 37 was drawn of 37");
  CHECK_ERROR(with({-1}), "label -1 was drawn");
  CHECK_ERROR(with({3, 3}), "drawn label 3 after 3");
  CHECK(std::isfinite(with({}).item<double>()));
}

TEST_CASE("entry scores: values and gradients are those of all scores, in f32 and bf16 weights") {
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
    const Layer layer(37, dtype);
    const at::Tensor entries = layer.target._indices();
    const EntryInput input{layer.hidden, layer.weight, layer.bias, entries};
    const at::Tensor hidden = layer.hidden.to(at::kDouble).requires_grad_(true);
    const at::Tensor weight = layer.weight.to(at::kDouble).requires_grad_(true);
    const at::Tensor bias = layer.bias.to(at::kDouble).requires_grad_(true);
    const at::Tensor all = at::addmm(bias, hidden, weight.t()).index({entries[0], entries[1]});
    CHECK(largest_difference(entry_products(input), all) < 1e-5);
    const at::Tensor gradient = normal(all.sizes(), 9).to(at::kFloat);
    all.backward(gradient.to(at::kDouble));
    const EntryGradients sums = entry_gradients(input, gradient);
    CHECK(largest_difference(sums.hidden, hidden.grad()) < 1e-5);
    CHECK(largest_difference(sums.weight, weight.grad().index_select(0, sums.labels)) < 1e-5);
    CHECK(largest_difference(sums.bias, bias.grad().index_select(0, sums.labels)) < 1e-5);
  }
}

TEST_CASE("entry scores: entries outside of the layer are refused") {
  const Layer layer(37, at::kFloat);
  const auto at_entry = [&](int64_t row, int64_t label) {
    return entry_products(
        {layer.hidden, layer.weight, layer.bias, at::tensor({row, label}, at::kLong).view({2, 1})});
  };
  CHECK_THROWS_AS(at_entry(0, 37), c10::IndexError);
  CHECK_THROWS_AS(at_entry(kRows, 0), c10::IndexError);
  CHECK_ERROR(entry_products({layer.hidden, layer.weight.t(), layer.bias, at::zeros({2, 0})}),
              "entry_scores: hidden [6, 19] but weight [19, 37]");
}
