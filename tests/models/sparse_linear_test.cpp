// The output layer as other programs use it, beside the same in plain torch operations.
#include "spout/models/sparse_linear.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "spout/losses/sparse_loss.h"
#include "spout/sparse/base/error.h"
#include "spout/tests/tensors.h"
#include "spout/tests/testing.h"

using namespace spout;
using namespace spout::testing;

namespace {

constexpr int64_t kRows = 5;
constexpr int64_t kWidth = 4;
constexpr int64_t kLabels = 9;

at::Tensor hidden_rows() {
  return at::arange(kRows * kWidth, at::kFloat).view({kRows, kWidth}).mul_(0.37F).sin_();
}

/// Two labels a row, the second row without any.
at::Tensor sparse_target() {
  const at::Tensor row = at::tensor({0, 0, 2, 2, 3, 4, 4}, at::kLong);
  const at::Tensor label = at::tensor({1, 8, 0, 3, 8, 2, 5}, at::kLong);
  return at::sparse_coo_tensor(at::stack({row, label}), at::ones({7}), {kRows, kLabels}).coalesce();
}

at::Tensor dense_softmax(const at::Tensor& scores) {
  const at::Tensor y = sparse_target().to_dense().to(at::kDouble);
  return ((y.sum(1) * scores.logsumexp(1)).sum() - (y * scores).sum()) / kRows;
}

struct Dense {
  at::Tensor loss, hidden_gradient, weight, bias;  // after a step of SGD at rate 0.5
};

Dense dense_step(const SparseLinear& head) {
  const auto leaf = [](const at::Tensor& tensor) {
    return tensor.detach().to(at::kDouble).clone().requires_grad_();
  };
  const at::Tensor h = leaf(hidden_rows());
  const at::Tensor w = leaf(head.weight());
  const at::Tensor b = leaf(head.bias());
  const at::Tensor loss = dense_softmax(h.mm(w.t()) + b);
  loss.backward();
  return {loss.detach(), h.grad(), w.detach() - 0.5 * w.grad(), b.detach() - 0.5 * b.grad()};
}

bool close(const at::Tensor& a, const at::Tensor& b) {
  return at::allclose(a.detach().to(at::kDouble), b, 1e-6, 1e-6);
}

/// The text of an error of the library; a backtrace would have lines.
template <class Action>
std::string plain_error(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    const std::string text = error.what();
    CHECK(text.find('\n') == std::string::npos);
    return text;
  }
  return "nothing was thrown";
}

}  // namespace

TEST_CASE("sparse linear: loss, gradient and moved weights are those of dense torch") {
  SparseLinear head(kWidth, kLabels);
  HeadOptimizer optimizer(head, "sgd");
  const Dense expected = dense_step(head);
  const at::Tensor hidden = hidden_rows().requires_grad_();
  const at::Tensor loss = head.loss(hidden, sparse_target(), "softmax", optimizer, 0.5);
  CHECK(close(head.weight(), expected.weight));
  loss.backward();
  CHECK(close(loss, expected.loss));
  CHECK(close(hidden.grad(), expected.hidden_gradient));
  CHECK(close(head.bias(), expected.bias));
  CHECK(!head.weight().grad().defined());
}

TEST_CASE("sparse linear: steps go on, also where the hidden rows track no gradient") {
  SparseLinear head(kWidth, kLabels, {.seed = 3});
  HeadOptimizer optimizer(head, "adamw");
  double first = 0.0;
  double last = 0.0;
  for (int step = 0; step < 30; ++step) {
    const at::Tensor loss = head.loss(hidden_rows(), sparse_target(), "bce", optimizer, 0.05);
    loss.backward();
    last = loss.item<double>();
    if (step == 0) first = last;
  }
  CHECK(last < 0.5 * first);
}

TEST_CASE("sparse linear: a loss takes its parameters with its name") {
  SparseLinear head(kWidth, kLabels);
  HeadOptimizer optimizer(head, "sgd");
  const at::NoGradGuard no_grad;
  const at::Tensor scores = head.forward(hidden_rows());
  const NamedLoss focal{"focal", {.gamma = 3.0}};
  const at::Tensor value = head.loss(hidden_rows(), sparse_target(), focal, optimizer, 0.5);
  CHECK(close(value, sparse_loss(focal, scores, sparse_target()).to(at::kDouble)));
  CHECK(!close(value, sparse_loss("focal", scores, sparse_target()).to(at::kDouble)));
}

TEST_CASE("sparse linear: nothing moves without gradients or in evaluation") {
  SparseLinear head(kWidth, kLabels);
  HeadOptimizer optimizer(head, "sgd");
  const at::Tensor before = head.weight().detach().clone();
  const Dense expected = dense_step(head);
  {
    const at::NoGradGuard no_grad;
    CHECK(
        close(head.loss(hidden_rows(), sparse_target(), "softmax", optimizer, 0.5), expected.loss));
  }
  head.eval();
  const at::Tensor hidden = hidden_rows().requires_grad_();
  const at::Tensor loss = head.loss(hidden, sparse_target(), "softmax", optimizer, 0.5);
  loss.backward();
  CHECK(close(hidden.grad(), expected.hidden_gradient));
  CHECK(head.weight().equal(before));
}

TEST_CASE("sparse linear: a second loss before backward(), and a scaled loss, are refused") {
  SparseLinear head(kWidth, kLabels);
  HeadOptimizer optimizer(head, "sgd");
  const auto loss_of = [&] {
    return head.loss(hidden_rows(), sparse_target(), "softmax", optimizer, 0.5);
  };
  const at::Tensor loss = loss_of();
  CHECK(plain_error(loss_of).find("call backward() on the loss before") != std::string::npos);
  loss.backward();
  const at::Tensor doubled = loss_of() * 2.0;
  CHECK(plain_error([&] { doubled.backward(); }).find("was multiplied by 2") != std::string::npos);
}

TEST_CASE("sparse linear: one loss ends one step, and a loss that fails ends none") {
  SparseLinear head(kWidth, kLabels);
  HeadOptimizer optimizer(head, "sgd");
  const at::Tensor loss = head.loss(hidden_rows(), sparse_target(), "bce", optimizer, 0.5);
  loss.backward({}, /*retain_graph=*/true);
  CHECK(plain_error([&] { loss.backward(); }).find("called twice") != std::string::npos);
  const at::Tensor outside =
      at::_sparse_coo_tensor_unsafe(at::tensor({0, 9}, at::kLong).view({2, 1}), at::ones({1}),
                                    {kRows, kLabels}, at::TensorOptions(), /*is_coalesced=*/true);
  CHECK_THROWS_AS(head.loss(hidden_rows(), outside, "bce", optimizer, 0.5), IndexError);
  head.loss(hidden_rows(), sparse_target(), "bce", optimizer, 0.5).backward();
}

TEST_CASE("sparse linear: errors are spout's own, in one line") {
  SparseLinear head(kWidth, kLabels);
  HeadOptimizer optimizer(head, "sgd");
  const auto loss_of = [&](const at::Tensor& hidden, const char* name) {
    return plain_error([&] { head.loss(hidden, sparse_target(), name, optimizer, 0.5); });
  };
  CHECK(loss_of(hidden_rows(), "sofmax").find("'sofmax' is unknown") != std::string::npos);
  CHECK(loss_of(at::zeros({kRows, 3}), "bce").find("hidden [5, 3]") != std::string::npos);
  CHECK(plain_error([&] { HeadOptimizer(head, "sdg"); }).find("known: adamw") != std::string::npos);
  CHECK(plain_error([&] { head.predict(at::zeros({2, 3})); }).find("[n, 4]") != std::string::npos);
  CHECK(plain_error([] { SparseLinear(0, 3); }).find("positive sizes") != std::string::npos);
  CHECK(plain_error([] {
          sparse_loss("bce", at::zeros({2, 2}), sparse_target());
        }).find("scores [2, 2] but target [5, 9]") != std::string::npos);
  CHECK_THROWS_AS(sparse_loss("mse", at::zeros({2, 2}), sparse_target()), ValueError);
}

TEST_CASE("sparse linear: predictions are the best of all scores; forward() gives those") {
  for (const bool bf16 : {false, true}) {
    CAPTURE(bf16);
    SparseLinear head(kWidth, kLabels, {.bf16 = bf16});
    CHECK((head.weight().scalar_type() == at::kBFloat16) == bf16);
    const at::Tensor scores = head.forward(hidden_rows()).detach();
    CHECK(at::allclose(scores, hidden_rows().mm(head.weight().detach().to(at::kFloat).t())));
    const Csr best = head.predict(hidden_rows(), {.top_k = 3});
    const auto [values, labels] = scores.topk(3, 1);
    const at::Tensor expected = at::zeros_like(scores).scatter_(1, labels, values);
    CHECK(best.rows == kRows);
    CHECK(best.nnz() == 3 * kRows);
    CHECK(at::allclose(to_torch_csr(best).to_dense(), expected, 1e-5, 1e-6));
  }
}
