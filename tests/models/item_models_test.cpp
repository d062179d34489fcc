// The models of users and items: what makes each of them more than an mlp.
#include <cmath>

#include "spout/losses/base/loss_options.h"
#include "spout/losses/loss_table.h"
#include "spout/models/encoders/mf.h"
#include "spout/models/encoders/multvae.h"
#include "spout/tests/models/model_case.h"

using namespace spout;
using namespace spout::testing;

namespace {

constexpr ModelShape kUsers{9, 9};

at::Tensor users() {
  return to_torch_csr(make_csr(3, 9, {0, 2, 2, 5}, {1, 5, 0, 2, 8}, {1, 1, 1, 1, 1}));
}

TEST_CASE("mf: scores are cosines over the temperature, and items stay of length one") {
  ModelOptions options;
  options.hidden = {4};
  options.mf.temperature = 0.25;
  const auto model = make_mf(kUsers, options, 1);
  auto parameters = model->named_parameters();
  const at::NoGradGuard no_grad;
  parameters["output.weight"].mul_(3.0);
  model->output().after_step();
  const at::Tensor items = parameters["output.weight"];
  CHECK(at::allclose(at::linalg_vector_norm(items, 2, {1}), at::ones({9})));
  const at::Tensor sums = users().to_dense().mm(parameters["encoder.embedding"]);
  const at::Tensor lengths = at::linalg_vector_norm(sums, 2, {1}, true).clamp_min(1e-6);
  CHECK(at::allclose(model->scores(users()), (sums / lengths).mm(items.t()) / 0.25, 1e-5, 1e-5));
  CHECK(model->scores(users())[1].abs().max().item<float>() == 0.0F);  // of whom nothing is known
}

TEST_CASE("mf: the script has the temperature to the last bit") {
  ModelOptions options;
  options.hidden = {4};
  options.mf.temperature = 0.0015625;
  const auto model = make_mf(kUsers, options, 1);
  const at::NoGradGuard no_grad;
  const at::Tensor scores = model->scores(users());
  const at::Tensor scripted = model->to_script().forward({users()}).toTensor();
  CHECK(at::allclose(scripted, scores, 1e-6, 1e-5));
}

TEST_CASE("multvae: the loss has the code's divergence beside that of the scores, rising") {
  ModelOptions options;
  options.hidden = {6};
  options.multvae.latent = 3;
  options.multvae.kl_weight = 0.5;
  options.multvae.kl_steps = 10;
  const auto model = make_multvae(kUsers, options, 1);
  auto parameters = model->named_parameters();
  // Codes of mean 1 and variance e^2, whatever the row.
  const at::NoGradGuard no_grad;
  parameters["encoder.code_weight"].zero_();
  parameters["encoder.code_bias"].copy_(at::tensor({1.0, 1.0, 1.0, 2.0, 2.0, 2.0}));
  const double divergence = 3 * 0.5 * (std::exp(2.0) + 1 - 1 - 2);
  // With weights of zero behind it the rest of the loss is that of zero scores.
  parameters["output.weight"].zero_();
  LossOptions loss_options;
  loss_options.reduction = Reduction::kRowMean;
  const auto loss_at = [&](uint64_t step) {
    const StepRandom random{1, step, /*training=*/true};
    return model
        ->loss(users(), to_torch_coo(make_csr(3, 9, {0, 1, 2, 3}, {1, 5, 0}, {1, 1, 1})),
               find_loss("softmax"), loss_options, random)
        .item<double>();
  };
  const double of_scores = std::log(9.0);
  CHECK(loss_at(0) == doctest::Approx(of_scores));
  CHECK(loss_at(5) == doctest::Approx(of_scores + 0.25 * divergence).epsilon(1e-5));
  CHECK(loss_at(1000) == doctest::Approx(of_scores + 0.5 * divergence).epsilon(1e-5));
}

}  // namespace
