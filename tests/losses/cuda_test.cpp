// On CUDA everything ends where it ends on the CPU: each line of the loss and the optimizer table,
// whole scores and blocks of labels, f32 and bf16, prediction. Skipped where there is no GPU, or no
// CUDA source in this build.
#include "spout/losses/chunked/score_blocks.h"
#include "spout/losses/loss_table.h"
#include "spout/losses/optimizers/optimizer.h"
#include "spout/losses/scores_loss.h"
#include "spout/models/model_table.h"
#include "spout/tests/models/output_layer_case.h"

#include <ATen/Context.h>

#include <cmath>

#include "spout/losses/chunked/chunked_predict.h"
#include "spout/losses/optimizers/update_rules.h"
#include "spout/losses/optimizers/weight_update.h"
#include "spout/models/base/model.h"
#include "spout/tests/losses/dense_reference.h"
#include "spout/tests/models/model_case.h"

#if defined(SPOUT_WITH_CUDA)
#include <c10/cuda/CUDAFunctions.h>
#endif

using namespace spout;
using namespace spout::testing;

namespace {

constexpr int kSteps = 5;
constexpr double kLr = 0.001;  // exp(z) needs small steps
constexpr int64_t kLabels = 37;

bool no_gpu() {
#if defined(SPOUT_WITH_CUDA)
  return !at::hasCUDA();
#else
  return true;
#endif
}

/// While it lives, ATen throws where the host would wait for the device.
class NoWaiting {
 public:
  NoWaiting() { set(true); }
  ~NoWaiting() { set(false); }
  NoWaiting(const NoWaiting&) = delete;
  NoWaiting& operator=(const NoWaiting&) = delete;

 private:
  static void set([[maybe_unused]] bool throws) {
#if defined(SPOUT_WITH_CUDA)
    using c10::cuda::SyncDebugMode;
    c10::cuda::warning_state().set_sync_debug_mode(throws ? SyncDebugMode::L_ERROR
                                                          : SyncDebugMode::L_DISABLED);
#endif
  }
};

Layer on_cuda(const Layer& layer) {
  Layer copy = layer;
  for (at::Tensor* tensor : {&copy.hidden, &copy.weight, &copy.bias, &copy.target})
    *tensor = tensor->to(at::kCUDA);
  for (at::Tensor* tensor : {&copy.weights.row, &copy.weights.label, &copy.weights.positive})
    if (tensor->defined()) *tensor = tensor->to(at::kCUDA);
  return copy;
}

/// The last step's loss; the layer's weights move.
double train(const Loss& loss, const Case& optimizer, Layer& layer) {
  const auto updates = optimizer.make(layer);
  double value = 0.0;
  for (int step = 0; step < kSteps; ++step) {
    UpdateSink sink(*updates, layer.weight, layer.bias, kLr);
    value = chunked_step(loss, layer.input(), blocks_of(8), sink).value.item<double>();
    updates->step(kLr);
  }
  return value;
}

/// One update of the same weights on both devices.
void check_update(size_t rule, at::ScalarType dtype, int64_t cols,
                  const OptimizerOptions& options) {
  CAPTURE(rule);
  CAPTURE(dtype);
  CAPTURE(cols);
  at::Tensor weights = normal({40, cols}, 1).to(dtype);
  weights[0][0] = std::nan("");
  WeightUpdate cpu{rule, weights, normal({40, cols}, 2).to(at::kFloat),
                   {},   5,       StepConstants(options, 0.01, 3),
                   77};
  for (size_t i = 0; i < rule_info(rule).states.size(); ++i)
    cpu.state.push_back(normal({40, cols}, 3 + i).abs().to(at::kFloat));
  WeightUpdate cuda = cpu;
  cuda.weights = cpu.weights.to(at::kCUDA);
  cuda.gradient = cpu.gradient.to(at::kCUDA);
  for (at::Tensor& state : cuda.state)
    state = state.to(at::kCUDA);
  update_weights(cpu);
  update_weights(cuda);
  const at::Tensor found = cuda.weights.cpu();
  CHECK(at::allclose(found.to(at::kFloat), cpu.weights.to(at::kFloat), 1e-2, 1e-5,
                     /*equal_nan=*/true));
  // Sums are contracted differently: a last bit may differ, and then the rounding of a few.
  if (dtype == at::kBFloat16) {
    CHECK((found == cpu.weights).to(at::kFloat).mean().item<double>() > 0.97);
  }
}

}  // namespace

TEST_CASE("cuda: value and gradient of whole scores" * doctest::skip(no_gpu())) {
  const Layer layer(kLabels, at::kFloat);
  for (const Loss& loss : losses_to_test()) {
    CAPTURE(loss.name);
    const at::Tensor scores = layer.scores();
    const auto expected = loss_with_gradient(loss, scores, layer.target);
    const auto found = loss_with_gradient(loss, scores.to(at::kCUDA), layer.target.to(at::kCUDA));
    CHECK(found.value.item<double>() == doctest::Approx(expected.value.item<double>()));
    CHECK(largest_difference(found.gradient.cpu(), expected.gradient) < 1e-5);
  }
}

TEST_CASE("cuda: steps in blocks end where they do on the CPU" * doctest::skip(no_gpu())) {
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
    for (const Loss& loss : losses_to_test()) {
      for (const Case& optimizer : optimizer_cases()) {
        CAPTURE(dtype);
        CAPTURE(loss.name);
        CAPTURE(optimizer.info->name);
        CAPTURE(optimizer.options.momentum);
        const bool narrow = dtype == at::kBFloat16;
        Layer cpu(kLabels, dtype);
        Layer cuda = on_cuda(cpu);
        const double expected = train(loss, optimizer, cpu);
        CHECK(train(loss, optimizer, cuda) ==
              doctest::Approx(expected).epsilon(narrow ? 0.02 : 1e-4));
        const at::Tensor difference =
            (cuda.weight.cpu().to(at::kDouble) - cpu.weight.to(at::kDouble)).abs();
        CHECK(difference.mean().item<double>() < (narrow ? 5e-3 : 1e-5));
        CHECK(largest_difference(cuda.bias.cpu(), cpu.bias) < (narrow ? 2e-2 : 1e-4));
      }
    }
  }
}

TEST_CASE("cuda: hidden gradient, and the value alone, with weights" * doctest::skip(no_gpu())) {
  for (const Loss& loss : losses_to_test()) {
    for (const int64_t width : {kWidth, kNarrow}) {
      CAPTURE(loss.name);
      CAPTURE(width);
      Layer cpu(kLabels, at::kFloat, width);
      cpu.weigh(true, true, true);
      const Layer cuda = on_cuda(cpu);
      const at::Tensor cpu_gradient = at::zeros_like(cpu.weight);
      const at::Tensor cuda_gradient = at::zeros_like(cuda.weight);
      GradientSink cpu_sink(cpu_gradient, at::zeros_like(cpu.bias));
      GradientSink cuda_sink(cuda_gradient, at::zeros_like(cuda.bias));
      const auto expected = chunked_step(loss, cpu.input(), blocks_of(8), cpu_sink);
      const auto found = chunked_step(loss, cuda.input(), blocks_of(8), cuda_sink);
      CHECK(largest_difference(found.hidden_gradient.cpu(), expected.hidden_gradient) < 1e-4);
      CHECK(largest_difference(cuda_gradient.cpu(), cpu_gradient) < 1e-4);
      CHECK(chunked_value(loss, cuda.input(), blocks_of(8)).item<double>() ==
            doctest::Approx(expected.value.item<double>()));
    }
  }
}

TEST_CASE("cuda: every model trains to where it does on the CPU, and predicts the same" *
          doctest::skip(no_gpu())) {
  for (const ModelInfo& info : model_table()) {
    CAPTURE(info.name);
    std::vector<Prediction> predicted;
    for (const c10::Device device : {c10::Device(at::kCPU), c10::Device(at::kCUDA)}) {
      const auto model = make(info, small_options(info));
      model->to(device);
      const auto updates = find_optimizer("adagrad").make(named(*model), {});
      for (int step = 0; step < kSteps && trains_in_steps(info); ++step) {
        const OutputUpdate update{*updates, kLr};
        const at::Tensor value = model->loss(input_of(info).to(device), target().to(device),
                                             find_loss("bce"), {}, {}, &update);
        if (value.requires_grad()) value.backward();
        updates->step(kLr);
      }
      const at::NoGradGuard no_grad;
      predicted.push_back(model->predict(input_of(info).to(device), {3}, nullptr));
    }
    CHECK(predicted[1].values.col.equal(predicted[0].values.col));
    CHECK(largest_difference(predicted[1].values.values, predicted[0].values.values) < 1e-3);
  }
}

TEST_CASE("cuda: a step does not wait for the device" * doctest::skip(no_gpu())) {
  for (const Loss& loss : losses_to_test()) {
    CAPTURE(loss.name);
    // Their entries are grouped by label, and how many labels occur must be known.
    if (loss.drawn != nullptr || loss.zero_curvature() == 0.0) continue;
    Layer layer = on_cuda(Layer(kLabels, at::kBFloat16));
    const auto updates = find_optimizer("sgd").make(layer.parameters(), {});
    UpdateSink sink(*updates, layer.weight, layer.bias, kLr);
    const NoWaiting guard;
    chunked_step(loss, layer.input(), blocks_of(8), sink);
    updates->step(kLr);
  }
}

TEST_CASE("cuda: scores that are not numbers show in the value" * doctest::skip(no_gpu())) {
  for (const Loss& loss : losses_to_test()) {
    for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
      CAPTURE(loss.name);
      CAPTURE(bad);
      Layer layer(kLabels, at::kFloat);
      layer.bias[20] = bad;
      const Layer cuda = on_cuda(layer);
      const double value = chunked_value(loss, cuda.input(), blocks_of(8)).item<double>();
      CHECK_FALSE(std::isfinite(value));
    }
  }
}

TEST_CASE("cuda: every update rule, f32 and bf16, rounds as on the CPU" * doctest::skip(no_gpu())) {
  OptimizerOptions options;
  options.weight_decay = 0.01;
  options.momentum = 0.9;
  for (size_t rule = 0; rule < kNumRules; ++rule) {
    for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
      for (const int64_t cols : {33, 40})  // one element a thread, and eight
        check_update(rule, dtype, cols, options);
    }
  }
}

TEST_CASE("cuda: prediction in blocks" * doctest::skip(no_gpu())) {
  const Layer cpu(301, at::kFloat);
  const Layer cuda = on_cuda(cpu);
  HiddenScores here(cpu.hidden, cpu.weight, cpu.bias, 32);
  HiddenScores there(cuda.hidden, cuda.weight, cuda.bias, 32);
  const Csr seen = chunked_predict(here, {2}, nullptr);
  for (const DecodeOptions& options : {DecodeOptions{5}, DecodeOptions{0, 1.0F}}) {
    for (const Csr* left_out : {static_cast<const Csr*>(nullptr), &seen}) {
      CAPTURE(options.top_k);
      const Csr expected = chunked_predict(here, options, left_out);
      const Csr found = chunked_predict(there, options, left_out);
      CHECK(at::equal(found.crow, expected.crow));
      CHECK(at::equal(found.col, expected.col));
      CHECK(at::allclose(found.values, expected.values, 1e-4, 1e-5));
    }
  }
}
