// Optimizers against their formulas in plain double loops, for every entry of the table.
#include "spout/losses/optimizers/optimizer.h"

#include <ATen/ATen.h>

#include <cmath>

#include "spout/tests/testing.h"

using namespace spout;
using namespace spout::testing;

namespace {

constexpr int kSteps = 5;
constexpr double kLr = 0.1;

OptimizerOptions test_options() {
  OptimizerOptions options;
  options.momentum = 0.9;
  options.weight_decay = 0.01;
  return options;
}

double gradient_at(int step) {
  return std::sin(1.0 + step);
}

/// One weight, kSteps steps, as the papers state them.
double expected(const std::string& name, const OptimizerOptions& o) {
  double w = 0.7, m = 0.0, v = 0.0;
  for (int t = 1; t <= kSteps; ++t) {
    double g = gradient_at(t - 1);
    if (name == "adamw") {
      w -= kLr * o.weight_decay * w;
    } else {
      g += o.weight_decay * w;
    }
    if (name == "sgd") {
      m = o.momentum * m + g;
      w -= kLr * m;
    } else if (name == "adagrad") {
      v += g * g;
      w -= kLr * g / (std::sqrt(v) + o.eps);
    } else {
      m = o.beta1 * m + (1 - o.beta1) * g;
      v = o.beta2 * v + (1 - o.beta2) * g * g;
      const double m_hat = m / (1 - std::pow(o.beta1, t));
      const double v_hat = v / (1 - std::pow(o.beta2, t));
      w -= kLr * m_hat / (std::sqrt(v_hat) + o.eps);
    }
  }
  return w;
}

void take_step(Optimizer& optimizer, at::Tensor& weight, int step) {
  weight.mutable_grad() = at::full_like(weight, gradient_at(step)).detach();
  optimizer.step(kLr);
}

}  // namespace

TEST_CASE("optimizer: every entry follows its formula, decay and momentum included") {
  for (const OptimizerInfo& info : optimizer_table()) {
    CAPTURE(info.name);
    at::Tensor weight = at::full({3}, 0.7).requires_grad_(true);
    const auto optimizer = info.make({{"w", weight}}, test_options());
    for (int step = 0; step < kSteps; ++step)
      take_step(*optimizer, weight, step);
    const double wanted = expected(std::string(info.name), test_options());
    CHECK(std::abs(weight[1].item<double>() - wanted) < 1e-6);
  }
}

TEST_CASE("optimizer: state restored into another optimizer continues bit for bit") {
  for (const OptimizerInfo& info : optimizer_table()) {
    CAPTURE(info.name);
    at::Tensor first = at::full({3}, 0.7).requires_grad_(true);
    const auto one = info.make({{"w", first}}, test_options());
    for (int step = 0; step < 3; ++step)
      take_step(*one, first, step);

    at::Tensor second = first.detach().clone().requires_grad_(true);
    const auto two = info.make({{"w", second}}, test_options());
    const NamedTensors from = one->state();
    const NamedTensors to = two->state();
    REQUIRE(from.size() == to.size());
    REQUIRE(static_cast<int64_t>(from.size()) == info.state_per_weight(test_options()));
    for (size_t i = 0; i < from.size(); ++i) {
      CHECK(from[i].first == to[i].first);
      to[i].second.copy_(from[i].second);
    }
    two->set_num_steps(one->num_steps());
    for (int step = 3; step < kSteps; ++step) {
      take_step(*one, first, step);
      take_step(*two, second, step);
    }
    CHECK(first.equal(second));
  }
}

TEST_CASE("optimizer: a parameter without a gradient is left alone, gradients are dropped") {
  for (const OptimizerInfo& info : optimizer_table()) {
    CAPTURE(info.name);
    at::Tensor moved = at::ones({2}).requires_grad_(true);
    const at::Tensor still = at::ones({2}).requires_grad_(true);
    const auto optimizer = info.make({{"a", still}, {"b", moved}}, test_options());
    take_step(*optimizer, moved, 0);
    CHECK(still.equal(at::ones({2})));
    CHECK(!moved.equal(at::ones({2})));
    CHECK(!moved.grad().defined());
  }
}

TEST_CASE("optimizer: clipping scales all gradients to one joint norm, or leaves them") {
  at::Tensor a = at::zeros({2}).requires_grad_(true);
  at::Tensor b = at::zeros({1}).requires_grad_(true);
  a.mutable_grad() = at::tensor({3.0F, 0.0F});
  b.mutable_grad() = at::tensor({4.0F});
  const NamedTensors parameters{{"a", a}, {"b", b}};
  CHECK(clip_gradients(parameters, 10.0) == doctest::Approx(5.0));
  CHECK(a.grad()[0].item<float>() == 3.0F);
  CHECK(clip_gradients(parameters, 1.0) == doctest::Approx(5.0));
  CHECK(a.grad()[0].item<float>() == doctest::Approx(0.6));
  CHECK(b.grad()[0].item<float>() == doctest::Approx(0.8));
}

TEST_CASE("optimizer: an unknown name is answered with the known ones") {
  CHECK_ERROR(find_optimizer("rmsprop"), "known: adamw, adam, adagrad, sgd");
}

TEST_CASE("optimizer: a gradient that holds some rows moves weights as the same gradient in full") {
  OptimizerOptions options = test_options();
  for (const OptimizerInfo& info : optimizer_table()) {
    for (const bool decay : {false, true}) {
      CAPTURE(info.name);
      CAPTURE(decay);
      options.weight_decay = decay ? 0.01 : 0.0;
      options.momentum = decay ? 0.9 : 0.0;
      at::Tensor sparse = at::linspace(-1, 1, 60).view({20, 3}).contiguous();
      at::Tensor dense = sparse.clone();
      const auto by_rows = info.make({{"w", sparse}}, options);
      const auto in_full = info.make({{"w", dense}}, options);
      for (int step = 0; step < kSteps; ++step) {
        const at::Tensor rows = at::tensor({step, step + 7, 19}, at::kLong).unsqueeze(0);
        const at::Tensor gradient =
            at::sparse_coo_tensor(rows, at::full({3, 3}, gradient_at(step)), {20, 3}).coalesce();
        sparse.mutable_grad() = gradient;
        dense.mutable_grad() = gradient.to_dense();
        by_rows->step(kLr);
        in_full->step(kLr);
      }
      CHECK(at::allclose(sparse, dense, 1e-6, 1e-7));
    }
  }
}

TEST_CASE("optimizer: a parameter with a factor moves as at a rate so much larger") {
  for (const OptimizerInfo& info : optimizer_table()) {
    for (const bool plain : {false, true}) {
      CAPTURE(info.name);
      OptimizerOptions options = test_options();
      if (plain) options.momentum = 0.0;
      std::vector<at::Tensor> ends;
      for (const double factor : {1.0, 0.25}) {
        const at::Tensor weight = at::full({3, 2}, 0.7);
        const at::Tensor other = at::full({2}, 0.7);
        const auto optimizer = info.make({{"weight", weight}, {"other", other}}, options);
        optimizer->set_rate_factor(weight, factor);
        const double lr = kLr * 0.25 / factor;
        const at::Tensor gradient = at::full({3, 2}, 0.5);
        if (const auto step = optimizer->plain_step(weight, lr)) {
          CHECK(step->rate == doctest::Approx(lr * factor));
          CHECK(step->kept == doctest::Approx(1.0 - lr * factor * options.weight_decay));
        }
        optimizer->update_rows(weight, 0, gradient, lr);
        weight.mutable_grad() = gradient.clone();
        other.mutable_grad() = at::full({2}, 0.5);
        optimizer->step(lr);
        ends.push_back(weight.clone());
        if (factor != 1.0) CHECK(!at::allclose(weight[0], other));
      }
      CHECK(at::allclose(ends[0], ends[1]));
    }
  }
}

TEST_CASE("optimizer: a sparse gradient that names a row twice counts both") {
  const at::Tensor rows = at::tensor({2, 0, 2}, at::kLong).unsqueeze(0);
  const at::Tensor values = at::tensor({1.0F, 3.0F, 4.0F}).unsqueeze(1);
  const auto optimizer_of = [](const at::Tensor& weight) {
    return find_optimizer("sgd").make({{"weight", weight}}, {});
  };
  const at::Tensor weight = at::zeros({3, 1});
  weight.mutable_grad() = at::sparse_coo_tensor(rows, values, {3, 1});
  CHECK(clip_gradients({{"weight", weight}}, 100.0) == doctest::Approx(std::sqrt(34.0)));
  weight.mutable_grad() = at::sparse_coo_tensor(rows, values, {3, 1});
  optimizer_of(weight)->step(1.0);
  CHECK(elements<float>(weight) == std::vector<float>{-3.0F, 0.0F, -5.0F});
}

TEST_CASE("optimizer: a lazy update leaves matrix rows without a gradient where they are") {
  OptimizerOptions options = test_options();
  options.lazy = true;
  const at::Tensor rows = at::tensor({2}, at::kLong).unsqueeze(0);
  for (const OptimizerInfo& info : optimizer_table()) {
    for (const at::ScalarType dtype : {at::kFloat, at::kDouble, at::kBFloat16}) {
      for (const bool listed : {true, false}) {
        CAPTURE(info.name);
        CAPTURE(dtype);
        CAPTURE(listed);
        at::Tensor w = at::ones({4, 3}, dtype);
        const auto optimizer = info.make({{"w", w}}, options);
        const at::Tensor gradient =
            at::sparse_coo_tensor(rows, at::ones({1, 3}, dtype), {4, 3}).coalesce();
        w.mutable_grad() = listed ? gradient : gradient.to_dense();
        optimizer->step(kLr);
        CHECK(at::equal(w[1], at::ones({3}, dtype)));
        CHECK_FALSE(at::equal(w[2], at::ones({3}, dtype)));
      }
    }
  }
}

TEST_CASE("optimizer: lazy, a row that is listed with a gradient of zeros rests as well") {
  OptimizerOptions options = test_options();
  options.lazy = true;
  const at::Tensor rows = at::tensor({1, 2}, at::kLong).unsqueeze(0);
  for (const OptimizerInfo& info : optimizer_table()) {
    CAPTURE(info.name);
    at::Tensor w = at::ones({4, 3});
    const auto optimizer = info.make({{"w", w}}, options);
    const auto step = [&](float first) {
      const at::Tensor values = at::stack({at::full({3}, first), at::ones({3})});
      w.mutable_grad() = at::sparse_coo_tensor(rows, values, {4, 3}).coalesce();
      optimizer->step(kLr);
    };
    step(1.0F);  // the mean gradient is not zero from now on
    const at::Tensor before = w.clone();
    step(0.0F);
    CHECK(at::equal(w[1], before[1]));
    CHECK_FALSE(at::equal(w[2], before[2]));
  }
}

TEST_CASE("optimizer: clipping sees sparse gradients") {
  at::Tensor w = at::ones({4, 3});
  w.mutable_grad() =
      at::sparse_coo_tensor(at::tensor({2}, at::kLong).unsqueeze(0), at::full({1, 3}, 2.0), {4, 3})
          .coalesce();
  CHECK(clip_gradients({{"w", w}}, 1.0) == doctest::Approx(std::sqrt(12.0)));
  CHECK(at::linalg_vector_norm(w.grad().to_dense()).item<double>() == doctest::Approx(1.0));
}

namespace {

/// Whether each of 64 x 1001 weights of 1 + share of a bf16 step was rounded up, as 0 and 1; a draw
/// for each step.
std::vector<at::Tensor> rounded_up(double share, int steps) {
  constexpr double kBfloat16Step = 0x1.0p-7;  // above 1
  at::Tensor weight = at::empty({64, 1001}, at::kBFloat16);
  const auto optimizer = find_optimizer("sgd").make({{"w", weight}}, {});
  const at::Tensor gradient = at::full({64, 1001}, -share * kBfloat16Step, at::kFloat);
  std::vector<at::Tensor> draws;
  for (int step = 0; step < steps; ++step) {
    weight.fill_(1.0);
    optimizer->update_rows(weight, 0, gradient, 1.0);
    optimizer->step(1.0);
    draws.push_back(weight.to(at::kDouble).sub(1.0).div(kBfloat16Step));
  }
  return draws;
}

double correlation(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor x = a - a.mean();
  const at::Tensor y = b - b.mean();
  return ((x * y).mean() / (x.square().mean() * y.square().mean()).sqrt()).item<double>();
}

}  // namespace

TEST_CASE("optimizer: bf16 weights are rounded up as often as their fraction says") {
  constexpr double kDraws = 2 * 64 * 1001;
  for (const double share : {0.001, 0.1, 0.25, 0.5, 0.75, 0.9, 0.999}) {
    CAPTURE(share);
    const at::Tensor draws = at::stack(rounded_up(share, 2));
    CHECK((draws == 0).logical_or(draws == 1).all().item<bool>());
    const double deviation = std::sqrt(share * (1 - share) / kDraws);
    CHECK(std::abs(draws.mean().item<double>() - share) < 4 * deviation + 0x1.0p-16);
  }
}

TEST_CASE("optimizer: bf16 rounding is independent between columns, rows and steps") {
  const auto draws = rounded_up(0.5, 2);
  const at::Tensor& first = draws[0];
  constexpr double kBound = 4.0 / 250;  // four deviations of 64 x 1000 draws
  for (const int64_t apart : {1, 2, 8, 16}) {
    CAPTURE(apart);
    const int64_t cols = 1001 - apart;
    CHECK(std::abs(correlation(first.narrow(1, 0, cols), first.narrow(1, apart, cols))) < kBound);
    const int64_t rows = 64 - apart;
    CHECK(std::abs(correlation(first.narrow(0, 0, rows), first.narrow(0, apart, rows))) <
          1.2 * kBound);
  }
  CHECK(std::abs(correlation(first, draws[1])) < kBound);
}
