// The output layer in blocks of labels: for every loss and optimizer it ends where whole scores and
// dense double-precision maths end, and it keeps what it promises of updates, values and memory.
#include "spout/losses/chunked/chunked.h"
#include "spout/losses/base/loss_options.h"
#include "spout/losses/loss_table.h"
#include "spout/losses/optimizers/optimizer.h"
#include "spout/losses/scores_loss.h"

#include <ATen/ATen.h>

#include <cmath>
#include <optional>

#include "spout/tests/losses/dense_reference.h"
#include "spout/tests/models/output_layer_case.h"

using namespace spout;
using namespace spout::testing;

namespace {

constexpr int kSteps = 20;
constexpr double kLr = 0.05;

/// exp(z) needs small steps.
double rate(const Loss& loss) {
  return loss.name == "poisson" ? kLr / 50 : kLr;
}

double train_chunked(const Loss& loss, const Case& optimizer, Layer& layer,
                     const ChunkedOptions& options) {
  const auto updates = optimizer.make(layer);
  double value = 0.0;
  for (int step = 0; step < kSteps; ++step) {
    UpdateSink sink(*updates, layer.weight, layer.bias, rate(loss));
    value = chunked_step(loss, layer.input(), options, sink).value.item<double>();
    updates->step(rate(loss));
  }
  return value;
}

double train_logits(const Loss& loss, const Case& optimizer, Layer& layer) {
  layer.weight.requires_grad_(true);
  layer.bias.requires_grad_(true);
  const auto updates = optimizer.make(layer);
  double value = 0.0;
  for (int step = 0; step < kSteps; ++step) {
    const at::Tensor result = sparse_loss(loss, layer.scores(), layer.target);
    value = result.item<double>();
    result.backward();
    updates->step(rate(loss));
  }
  return value;
}

/// Dense tensors and double precision throughout.
double train_dense(const Loss& loss, const Case& optimizer, const Layer& layer, at::Tensor& weight,
                   at::Tensor& bias) {
  const at::Tensor hidden = layer.hidden.to(at::kDouble);
  const at::Tensor dense = layer.target.to_dense().to(at::kDouble);
  weight = layer.weight.detach().to(at::kDouble);
  bias = layer.bias.detach().to(at::kDouble);
  DenseOptimizer weight_updates(optimizer.info->name, optimizer.options);
  DenseOptimizer bias_updates(optimizer.info->name, optimizer.options);
  double value = 0.0;
  for (int step = 0; step < kSteps; ++step) {
    const at::Tensor w = weight.clone().requires_grad_(true);
    const at::Tensor b = bias.clone().requires_grad_(true);
    const at::Tensor result =
        dense_loss(loss, at::addmm(b, hidden, w.t()), dense) / static_cast<double>(kRows);
    value = result.item<double>();
    result.backward();
    weight_updates.step(weight, w.grad(), rate(loss));
    bias_updates.step(bias, b.grad(), rate(loss));
  }
  return value;
}

}  // namespace

TEST_CASE(
    "chunked: 20 steps end where whole scores and dense f64 maths end, for all losses and "
    "optimizers") {
  for (const auto& [num_labels, width] :
       {std::pair{int64_t{1}, kWidth}, {int64_t{37}, kWidth}, {int64_t{37}, kNarrow}}) {
    for (const Loss& loss : losses_to_test(num_labels)) {
      for (const Case& optimizer : optimizer_cases()) {
        CAPTURE(loss.name);
        CAPTURE(optimizer.info->name);
        CAPTURE(optimizer.options.momentum);
        CAPTURE(num_labels);
        CAPTURE(width);
        Layer chunked(num_labels, at::kFloat, width);
        Layer logits(num_labels, at::kFloat, width);
        at::Tensor weight;
        at::Tensor bias;
        const double expected = train_dense(loss, optimizer, chunked, weight, bias);
        const double value = train_chunked(loss, optimizer, chunked, blocks_of(8));
        CHECK(value == doctest::Approx(expected).epsilon(1e-4));
        CHECK(train_logits(loss, optimizer, logits) == doctest::Approx(expected).epsilon(1e-4));
        CHECK(largest_difference(chunked.weight, weight) < 2e-4);
        CHECK(largest_difference(chunked.bias, bias) < 2e-4);
        CHECK(largest_difference(logits.weight, weight) < 2e-4);
      }
    }
  }
}

TEST_CASE(
    "chunked: bf16 weights end near the f64 reference, though each step is below their "
    "precision") {
  for (const Loss& loss : losses_to_test()) {
    for (const Case& optimizer : optimizer_cases()) {
      CAPTURE(loss.name);
      CAPTURE(optimizer.info->name);
      CAPTURE(optimizer.options.momentum);
      Layer layer(37, at::kBFloat16);
      at::Tensor weight;
      at::Tensor bias;
      const double expected = train_dense(loss, optimizer, layer, weight, bias);
      const double value = train_chunked(loss, optimizer, layer, blocks_of(16));
      CHECK(value == doctest::Approx(expected).epsilon(0.05));
      CHECK((layer.weight.to(at::kDouble) - weight).abs().mean().item<double>() < 0.01);
    }
  }
}

TEST_CASE("chunked: the gradient into the hidden rows is autograd's") {
  for (const Loss& loss : losses_to_test()) {
    for (const double share : {0.0, 0.04, 1.0}) {
      CAPTURE(loss.name);
      CAPTURE(share);
      const Layer layer(37, at::kFloat);
      const at::Tensor leaf = layer.hidden.clone().requires_grad_(true);
      sparse_loss(loss, at::addmm(layer.bias, leaf, layer.weight.t()), layer.target).backward();
      ChunkedOptions options = blocks_of(8);
      options.sparse_gradient_share = share;
      GradientSink sink(at::zeros_like(layer.weight), at::zeros_like(layer.bias));
      const auto result = chunked_step(loss, layer.input(), options, sink);
      CHECK(largest_difference(result.hidden_gradient, leaf.grad()) < 1e-4);
    }
  }
}

TEST_CASE("chunked: row and label weights are those of dense f64 maths, in blocks and whole") {
  for (const Loss& loss : losses_to_test()) {
    for (const int which : {1, 2, 3, 4, 7}) {
      for (const auto& [share, width] : {std::pair{0.0, kWidth}, {1.0, kWidth}, {0.0, kNarrow}}) {
        CAPTURE(loss.name);
        CAPTURE(which);
        CAPTURE(share);
        CAPTURE(width);
        Layer layer(37, at::kFloat, width);
        layer.weigh((which & 1) != 0, (which & 2) != 0, (which & 4) != 0);
        const at::Tensor hidden = layer.hidden.to(at::kDouble).requires_grad_(true);
        const at::Tensor weight = layer.weight.to(at::kDouble).requires_grad_(true);
        const at::Tensor bias = layer.bias.to(at::kDouble).requires_grad_(true);
        const at::Tensor scores = at::addmm(bias, hidden, weight.t());
        const at::Tensor expected =
            dense_loss(loss, scores, layer.target.to_dense().to(at::kDouble), layer.weights) /
            static_cast<double>(kRows);
        expected.backward();

        ChunkedOptions options = blocks_of(8);
        options.sparse_gradient_share = share;
        const at::Tensor weight_gradient = at::zeros_like(layer.weight);
        const at::Tensor bias_gradient = at::zeros_like(layer.bias);
        GradientSink sink(weight_gradient, bias_gradient);
        const auto chunked = chunked_step(loss, layer.input(), options, sink);
        CHECK(chunked.value.item<double>() ==
              doctest::Approx(expected.item<double>()).epsilon(1e-5));
        CHECK(largest_difference(chunked.hidden_gradient, hidden.grad()) < 1e-4);
        CHECK(largest_difference(weight_gradient, weight.grad()) < 1e-4);
        CHECK(largest_difference(bias_gradient, bias.grad()) < 1e-4);
        CHECK(chunked_value(loss, layer.input(), options).item<double>() ==
              doctest::Approx(expected.item<double>()).epsilon(1e-5));

        for (const at::ScalarType dtype : {at::kFloat, at::kDouble}) {
          LossOptions whole;
          whole.weights = layer.weights;
          const auto logits =
              loss_with_gradient(loss, scores.detach().to(dtype), layer.target.to(dtype), whole);
          CHECK(logits.value.item<double>() ==
                doctest::Approx(expected.item<double>()).epsilon(1e-5));
          CHECK(largest_difference(logits.gradient.to(at::kDouble).mm(weight.detach()),
                                   hidden.grad()) < 1e-4);
        }
      }
    }
  }
}

TEST_CASE("chunked: gradients can be collected, and add up over batches") {
  for (const Loss& loss : losses_to_test()) {
    CAPTURE(loss.name);
    Layer layer(37, at::kFloat);
    const at::Tensor weight_gradient = at::zeros_like(layer.weight);
    const at::Tensor bias_gradient = at::zeros_like(layer.bias);
    const at::Tensor before = layer.weight.clone();
    GradientSink sink(weight_gradient, bias_gradient);
    chunked_step(loss, layer.input(), blocks_of(8), sink);
    chunked_step(loss, layer.input(), blocks_of(8), sink);
    CHECK(at::equal(layer.weight, before));
    layer.weight.requires_grad_(true);
    layer.bias.requires_grad_(true);
    sparse_loss(loss, layer.scores(), layer.target).mul(2.0).backward();
    CHECK(largest_difference(weight_gradient, layer.weight.grad()) < 1e-4);
    CHECK(largest_difference(bias_gradient, layer.bias.grad()) < 1e-4);
  }
}

TEST_CASE("chunked: the value alone is the step's value and changes nothing") {
  for (const Loss& loss : losses_to_test()) {
    for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
      CAPTURE(loss.name);
      Layer layer(37, dtype);
      const at::Tensor before = layer.weight.clone();
      const double value = chunked_value(loss, layer.input(), blocks_of(8)).item<double>();
      CHECK(at::equal(layer.weight, before));
      GradientSink sink(at::zeros_like(layer.weight), at::zeros_like(layer.bias));
      const auto result = chunked_step(loss, layer.input(), blocks_of(8), sink);
      CHECK(result.value.item<double>() == doctest::Approx(value).epsilon(1e-6));
    }
  }
}

TEST_CASE("chunked: the block size changes nothing but the order of sums") {
  for (const Loss& loss : losses_to_test()) {
    CAPTURE(loss.name);
    std::optional<at::Tensor> first;
    for (const int64_t labels : {1, 5, 37, 1000}) {
      Layer layer(37, at::kFloat);
      train_chunked(loss, {&find_optimizer("adamw"), {}}, layer, blocks_of(labels));
      if (!first) first = layer.weight;
      CHECK(largest_difference(layer.weight, *first) < 1e-4);
    }
  }
}

TEST_CASE("chunked: softmax gives the same whether its scores are kept or made twice") {
  const Loss& loss = find_loss("softmax");
  Layer kept(37, at::kFloat);
  Layer twice(37, at::kFloat);
  ChunkedOptions options = blocks_of(8);
  const double with = train_chunked(loss, {&find_optimizer("sgd"), {}}, kept, options);
  options.kept_score_bytes = 0;
  const double without = train_chunked(loss, {&find_optimizer("sgd"), {}}, twice, options);
  CHECK(with == doctest::Approx(without).epsilon(1e-9));
  CHECK(at::equal(kept.weight, twice.weight));
}

TEST_CASE("chunked: blocks with few gradients give what dense products give") {
  const Loss& loss = find_loss("squared-hinge");
  for (const Case& optimizer : optimizer_cases()) {
    CAPTURE(optimizer.info->name);
    CAPTURE(optimizer.options.weight_decay);
    Layer sparse(37, at::kFloat);
    Layer dense(37, at::kFloat);
    sparse.bias.sub_(2.0);  // most labels lie below the margin
    dense.bias.sub_(2.0);
    ChunkedOptions options = blocks_of(8);
    options.sparse_gradient_share = 1.0;
    const double value = train_chunked(loss, optimizer, sparse, options);
    options.sparse_gradient_share = 0.0;
    CHECK(train_chunked(loss, optimizer, dense, options) == doctest::Approx(value).epsilon(1e-5));
    CHECK(largest_difference(sparse.weight, dense.weight) < 1e-4);
    CHECK(largest_difference(sparse.bias, dense.bias) < 1e-4);
  }
}

TEST_CASE("chunked: a lazy update passes over labels without a gradient, the default does not") {
  const Loss& loss = find_loss("squared-hinge");
  OptimizerOptions decay;
  decay.weight_decay = 0.1;
  for (const bool lazy : {false, true}) {
    decay.lazy = lazy;
    Layer layer(37, at::kFloat);
    layer.target = to_torch_coo(make_csr(kRows, 37, {0, 1, 1, 1, 1, 1, 1}, {4}, {1.0F}));
    layer.bias.fill_(-100.0);  // label 4 alone has a gradient
    const at::Tensor before = layer.weight.clone();
    const auto optimizer = find_optimizer("adamw").make(layer.parameters(), decay);
    UpdateSink sink(*optimizer, layer.weight, layer.bias, kLr);
    chunked_step(loss, layer.input(), blocks_of(8), sink);
    optimizer->step(kLr);
    CHECK_FALSE(at::equal(layer.weight[4], before[4]));
    CHECK(at::equal(layer.weight[5], before[5]) == lazy);
  }
}

TEST_CASE("chunked: a lazy update does not depend on how a block's products are made") {
  const Loss& loss = find_loss("squared-hinge");
  OptimizerOptions lazy;
  lazy.lazy = true;
  lazy.weight_decay = 0.1;
  lazy.momentum = 0.9;
  lazy.eps = 1e-2;
  for (const OptimizerInfo& info : optimizer_table()) {
    CAPTURE(info.name);
    Layer sparse(37, at::kFloat);
    Layer dense(37, at::kFloat);
    for (Layer* layer : {&sparse, &dense}) {
      layer->target =
          to_torch_coo(make_csr(kRows, 37, {0, 1, 1, 3, 3, 3, 3}, {4, 7, 30}, {1, 1, 1}));
      layer->bias.slice(0, 0, 20).fill_(-6.0);  // of these only targets have a gradient
    }
    const at::Tensor before = sparse.weight.clone();
    ChunkedOptions options = blocks_of(8);
    options.sparse_gradient_share = 1.0;
    train_chunked(loss, {&info, lazy}, sparse, options);
    options.sparse_gradient_share = 0.0;
    train_chunked(loss, {&info, lazy}, dense, options);
    CHECK(largest_difference(sparse.weight, dense.weight) < 1e-4);
    CHECK(at::equal(sparse.weight[5], before[5]));
    CHECK_FALSE(at::equal(sparse.weight[7], before[7]));
  }
}

TEST_CASE("chunked: a second forward in one step is refused, and moves nothing") {
  const Loss& loss = find_loss("bce");
  Layer layer(37, at::kFloat);
  const auto optimizer = find_optimizer("sgd").make(layer.parameters(), {});
  UpdateSink sink(*optimizer, layer.weight, layer.bias, kLr);
  chunked_step(loss, layer.input(), blocks_of(8), sink);
  const at::Tensor before = layer.weight.clone();
  CHECK_ERROR(chunked_step(loss, layer.input(), blocks_of(8), sink), "has moved in this step");
  CHECK(at::equal(layer.weight, before));
  optimizer->step(kLr);
  chunked_step(loss, layer.input(), blocks_of(8), sink);
}

TEST_CASE("chunked: 1,000 tiny steps arrive in bf16 weights, and so does decay") {
  at::Tensor weight = at::full({64, 33}, 0.05, at::kBFloat16);
  OptimizerOptions options;
  const auto optimizer = find_optimizer("sgd").make({{"weight", weight}}, options);
  const at::Tensor gradient = at::ones({64, 33}, at::kBFloat16);
  for (int step = 0; step < 1000; ++step) {
    optimizer->update_rows(weight, 0, gradient, 1e-5);
    optimizer->step(1e-5);
  }
  CHECK(weight.to(at::kDouble).mean().item<double>() == doctest::Approx(0.04).epsilon(0.01));

  weight.fill_(1.0);
  options.weight_decay = 1e-2;
  const auto decayed = find_optimizer("sgd").make({{"weight", weight}}, options);
  for (int step = 0; step < 1000; ++step) {
    decayed->update_rows(weight, 0, at::zeros_like(weight), 1e-2);
    decayed->step(1e-2);
  }
  CHECK(weight.to(at::kDouble).mean().item<double>() ==
        doctest::Approx(std::pow(1 - 1e-4, 1000)).epsilon(0.01));
}

TEST_CASE("chunked: scores that are not numbers show in the value") {
  for (const Loss& loss : losses_to_test()) {
    for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
      CAPTURE(loss.name);
      CAPTURE(bad);
      Layer layer(37, at::kFloat);
      layer.bias[20] = bad;
      const double value = chunked_value(loss, layer.input(), blocks_of(8)).item<double>();
      CHECK_FALSE(std::isfinite(value));
      const auto optimizer = find_optimizer("sgd").make(layer.parameters(), {});
      UpdateSink sink(*optimizer, layer.weight, layer.bias, kLr);
      const auto result = chunked_step(loss, layer.input(), blocks_of(8), sink);
      CHECK_FALSE(std::isfinite(result.value.item<double>()));
    }
  }
}

TEST_CASE("chunked: no rows, no labels and no targets are fine") {
  for (const Loss& loss : losses_to_test(5)) {
    CAPTURE(loss.name);
    for (const auto& [rows, labels] : {std::pair{0, 5}, std::pair{3, 0}, std::pair{3, 5}}) {
      const ChunkedInput input{at::ones({rows, 4}), at::zeros({labels, 4}), at::zeros({labels}),
                               at::sparse_coo_tensor({rows, labels}, at::kFloat).coalesce()};
      GradientSink sink(at::zeros({labels, 4}), at::zeros({labels}));
      const auto result = chunked_step(loss, input, {}, sink);
      CHECK(std::isfinite(result.value.item<double>()));
      CHECK(result.hidden_gradient.sizes() == input.hidden.sizes());
    }
  }
}

TEST_CASE("chunked: errors name the operation and both shapes") {
  const Loss& loss = find_loss("bce");
  const Layer layer(37, at::kFloat);
  ChunkedInput input = layer.input();
  input.hidden = at::ones({kRows, kWidth + 1});
  CHECK_ERROR(chunked_value(loss, input, {}), "bce: hidden [6, 20] but weight [37, 19]");
  input = layer.input();
  input.target = target_of(38);
  CHECK_ERROR(chunked_value(loss, input, {}), "but target [6, 38]");
  input = layer.input();
  input.weight = layer.weight.to(at::kDouble);
  CHECK_ERROR(chunked_value(loss, input, {}), "must be f32 or bf16, found Double");
  input = layer.input();
  input.weights.label = at::ones({36});
  CHECK_ERROR(chunked_value(loss, input, {}),
              "expected label weights f32 [37] on cpu, found Float [36]");
}
