// Contracts that every loss of the table keeps: the fast pass, the ATen pass, finite differences
// and dense double-precision maths agree; errors name what is wrong. Being listed is being tested.
#include "spout/losses/base/loss.h"
#include "spout/losses/base/loss_options.h"
#include "spout/losses/loss_table.h"
#include "spout/losses/scores_loss.h"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>

#include "spout/sparse/layout/csr.h"
#include "spout/tests/losses/dense_reference.h"
#include "spout/tests/testing.h"

using namespace spout;
using namespace spout::testing;

namespace {

constexpr int64_t kRows = 5;
constexpr int64_t kLabels = 37;  // not a multiple of any vector width

at::Tensor random_scores(at::ScalarType dtype, double mean = 0.0) {
  const at::Generator generator = at::detail::createCPUGenerator(7);
  return (at::randn({kRows, kLabels}, generator, at::kDouble) * 3 + mean).to(dtype);
}

/// Row 1 is empty, the last label occurs, row 3 is all positive.
at::Tensor target_of(at::ScalarType dtype, float value = 1.0F) {
  std::vector<int64_t> crow{0, 2, 2, 3, 3 + kLabels, 4 + kLabels};
  std::vector<int64_t> col{0, 9, kLabels - 1};
  for (int64_t j = 0; j < kLabels; ++j)
    col.push_back(j);
  col.push_back(kLabels - 1);
  std::vector<float> values(col.size(), value);
  values[1] = value / 2;
  const at::Tensor coo =
      to_torch_coo(make_csr(kRows, kLabels, std::move(crow), std::move(col), std::move(values)));
  return at::_sparse_coo_tensor_unsafe(coo._indices(), coo._values().to(dtype), coo.sizes(),
                                       at::TensorOptions().dtype(dtype), true);
}

at::Tensor dense_gradient(const Loss& loss, const at::Tensor& z, const at::Tensor& y) {
  at::Tensor leaf = z.detach().clone().requires_grad_(true);
  dense_loss(loss, leaf, y).backward();
  return leaf.grad();
}

double relative(double a, double b) {
  return std::abs(a - b) / std::max(1.0, std::abs(b));
}

double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

const LossOptions kSum{Reduction::kSum, false, true};

}  // namespace

TEST_CASE("loss: f32 and f64 agree with dense double-precision maths, value and gradient") {
  for (const Loss& loss : losses_to_test()) {
    CAPTURE(loss.name);
    const at::Tensor dense = target_of(at::kDouble).to_dense();
    for (const double mean : {0.0, -12.0}) {
      for (const at::ScalarType dtype : {at::kFloat, at::kDouble}) {
        const at::Tensor z = random_scores(dtype, mean);
        const auto result = loss_with_gradient(loss, z, target_of(dtype), kSum);
        const at::Tensor expected = dense_loss(loss, z.to(at::kDouble), dense);
        const double tolerance = dtype == at::kFloat ? 2e-6 : 1e-12;
        CHECK((result.value.scalar_type() == dtype));
        CHECK(relative(result.value.item<double>(), expected.item<double>()) < tolerance);
        const at::Tensor gradient = dense_gradient(loss, z.to(at::kDouble), dense);
        const double scale = std::max(1.0, gradient.abs().max().item<double>() / 100);
        CHECK(largest_difference(result.gradient, gradient) < 40 * tolerance * scale);
      }
    }
  }
}

TEST_CASE("loss: the gradient is what finite differences of the value say") {
  for (const Loss& loss : losses_to_test()) {
    CAPTURE(loss.name);
    const at::Tensor target = target_of(at::kDouble);
    const at::Tensor z = random_scores(at::kDouble);
    const at::Tensor gradient = loss_with_gradient(loss, z, target).gradient;
    constexpr double kStep = 1e-5;
    for (const auto& [i, j] : {std::pair{0, 0}, {0, 9}, {1, 5}, {3, 20}, {4, 36}}) {
      at::Tensor up = z.clone();
      at::Tensor down = z.clone();
      up[i][j] += kStep;
      down[i][j] -= kStep;
      const double difference = (sparse_loss(loss, up, target).item<double>() -
                                 sparse_loss(loss, down, target).item<double>()) /
                                (2 * kStep);
      CHECK(std::abs(difference - gradient[i][j].item<double>()) < 1e-7);
    }
  }
}

TEST_CASE("loss: the vector kernels agree with the ATen reference on f32") {
  for (const Loss& loss : losses_to_test()) {
    CAPTURE(loss.name);
    const LossPassArgs args{
        loss, random_scores(at::kFloat), target_of(at::kFloat), 0.25, true, false, {}};
    const auto fast = loss.pass(args);
    const auto slow = loss.reference(args);
    CHECK(relative(fast.value.item<double>(), slow.value.item<double>()) < 2e-6);
    CHECK(largest_difference(fast.gradient, slow.gradient) < 2e-5);
  }
}

TEST_CASE("loss: in place gives the same numbers, in the memory of the scores") {
  for (const Loss& loss : losses_to_test()) {
    CAPTURE(loss.name);
    const at::Tensor z = random_scores(at::kFloat);
    const auto apart = loss_with_gradient(loss, z, target_of(at::kFloat));
    const auto in_place =
        loss_with_gradient(loss, z, target_of(at::kFloat), {Reduction::kRowMean, true, true});
    CHECK(in_place.value.equal(apart.value));
    CHECK(in_place.gradient.equal(apart.gradient));
    CHECK(in_place.gradient.data_ptr() == z.data_ptr());
  }
}

TEST_CASE("loss: autograd hands out the gradient, scaled by what comes from above") {
  for (const Loss& loss : losses_to_test()) {
    CAPTURE(loss.name);
    const at::Tensor target = target_of(at::kFloat);
    for (const bool in_place : {false, true}) {
      at::Tensor leaf = random_scores(at::kFloat).requires_grad_(true);
      const at::Tensor scores = leaf * 1.0;  // a value that nobody else needs
      (sparse_loss(loss, scores, target, {Reduction::kRowMean, in_place, true}) * 3).backward();
      const auto expected = loss_with_gradient(loss, random_scores(at::kFloat), target);
      CHECK(largest_difference(leaf.grad(), expected.gradient * 3) < 1e-6);
    }
  }
}

TEST_CASE("loss: without gradients only the value is computed, and it is the same") {
  for (const Loss& loss : losses_to_test()) {
    CAPTURE(loss.name);
    const at::Tensor z = random_scores(at::kFloat);
    const at::Tensor value = sparse_loss(loss, z, target_of(at::kFloat));
    CHECK(!value.requires_grad());
    CHECK(value.equal(loss_with_gradient(loss, z, target_of(at::kFloat)).value));
  }
}

TEST_CASE("loss: reductions divide by nothing, by rows, by entries") {
  for (const Loss& loss : losses_to_test()) {
    CAPTURE(loss.name);
    const at::Tensor z = random_scores(at::kDouble);
    const at::Tensor y = target_of(at::kDouble);
    const auto sum = sparse_loss(loss, z, y, kSum).item<double>();
    const auto rows = sparse_loss(loss, z, y, {Reduction::kRowMean, false, true}).item<double>();
    const auto mean = sparse_loss(loss, z, y, {Reduction::kMean, false, true}).item<double>();
    CHECK(relative(rows * kRows, sum) < 1e-12);
    CHECK(relative(mean * kRows * kLabels, sum) < 1e-12);
  }
}

TEST_CASE("loss: an explicit zero in the target counts as an absent entry") {
  for (const Loss& loss : losses_to_test()) {
    CAPTURE(loss.name);
    const at::Tensor z = random_scores(at::kFloat).narrow(0, 0, 1);
    const Csr with_zero = make_csr(1, kLabels, {0, 2}, {3, 9}, {0.0F, 1.0F});
    const Csr without = make_csr(1, kLabels, {0, 1}, {9}, {1.0F});
    const auto a = loss_with_gradient(loss, z, to_torch_coo(with_zero));
    const auto b = loss_with_gradient(loss, z, to_torch_coo(without));
    CHECK(a.value.equal(b.value));
    CHECK(a.gradient.equal(b.gradient));
  }
}

TEST_CASE("loss: an empty batch gives 0 and an empty gradient") {
  for (const Loss& loss : losses_to_test()) {
    CAPTURE(loss.name);
    const at::Tensor z = at::empty({0, kLabels});
    const auto result = loss_with_gradient(loss, z, to_torch_coo(empty_csr(0, kLabels)));
    CHECK(result.value.item<float>() == 0.0F);
    CHECK(result.gradient.sizes() == z.sizes());
  }
}

TEST_CASE("loss: NaN and +infinity in the scores make the value non-finite, wherever they stand") {
  for (const Loss& loss : losses_to_test()) {
    CAPTURE(loss.name);
    for (const double bad :
         {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
      for (const int64_t column : {int64_t{0}, int64_t{17}, kLabels - 1}) {
        at::Tensor z = random_scores(at::kFloat);
        z[0][column] = bad;
        CHECK(!std::isfinite(sparse_loss(loss, z, target_of(at::kFloat)).item<double>()));
      }
    }
  }
}

TEST_CASE("loss: scores of +-100 neither overflow nor lose the value") {
  const Loss& bce = find_loss("bce");
  const at::Tensor z = at::tensor({100.0F, -100.0F, 100.0F, -100.0F}).view({1, 4});
  const at::Tensor y = to_torch_coo(make_csr(1, 4, {0, 2}, {0, 1}, {1.0F, 1.0F}));
  // Right, wrong by 100, wrong by 100, right.
  CHECK(sparse_loss(bce, z, y, kSum).item<double>() == doctest::Approx(200.0));
}

TEST_CASE("loss: asymmetric stays finite where a probability is all but 0 or 1") {
  Loss loss = find_loss("asymmetric");
  loss.parameters.margin = 0.0;
  for (const float score : {80.0F, 95.0F, 110.0F, 1e4F}) {
    CAPTURE(score);
    const at::Tensor z = at::tensor({score, -score, score, -score}).view({1, 4});
    const at::Tensor y = to_torch_coo(make_csr(1, 4, {0, 2}, {0, 1}, {1.0F, 1.0F}));
    const auto result = loss_with_gradient(loss, z, y, kSum);
    CHECK(std::isfinite(result.value.item<float>()));
    CHECK(result.gradient.isfinite().all().item<bool>());
    CHECK(result.gradient[0][0].item<float>() == doctest::Approx(0.0).epsilon(1e-6));
    CHECK(result.gradient[0][2].item<float>() == doctest::Approx(1.0).epsilon(1e-3));
  }
}

TEST_CASE("loss: targets outside the domain are refused") {
  const auto with_value = [](float value) {
    return to_torch_coo(make_csr(1, 3, {0, 1}, {2}, {value}));
  };
  const at::Tensor z = at::zeros({1, 3});
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK_ERROR(sparse_loss(find_loss("bce"), z, with_value(2.0F)), "must lie in [0, 1], found 2");
  CHECK_ERROR(sparse_loss(find_loss("softmax"), z, with_value(-1.0F)), "must not be negative");
  CHECK_ERROR(sparse_loss(find_loss("mse"), z, with_value(nan)), "must be finite");
  CHECK(sparse_loss(find_loss("mse"), z, with_value(-2.0F), kSum).item<float>() == 4.0F);
}

TEST_CASE("loss: wrong shapes, layouts and dtypes are named with both sides") {
  const Loss& bce = find_loss("bce");
  const at::Tensor y = target_of(at::kFloat);
  CHECK_ERROR(sparse_loss(bce, at::zeros({kRows, 3}), y), "scores [5, 3] but target [5, 37]");
  CHECK_ERROR(sparse_loss(bce, at::zeros({kRows}), y), "dense matrix [n, L]");
  CHECK_ERROR(sparse_loss(bce, at::zeros({kRows, kLabels}), at::zeros({kRows, kLabels})),
              "sparse COO");
  CHECK_ERROR(sparse_loss(bce, at::zeros({kRows, kLabels}, at::kInt), y), "f32 or f64");
  const at::Tensor twice =
      at::sparse_coo_tensor(at::zeros({2, 2}, at::kLong), at::ones({2}), {1, 1});
  CHECK_ERROR(sparse_loss(bce, at::zeros({1, 1}), twice), "coalesced");
}

TEST_CASE("loss: an index >= L is refused before memory is touched") {
  const at::Tensor indices = at::tensor({0, 5}, at::kLong).view({2, 1});
  const at::Tensor y = at::_sparse_coo_tensor_unsafe(indices, at::ones({1}), {1, 5},
                                                     at::TensorOptions().dtype(at::kFloat), true);
  for (const Loss& loss : losses_to_test(5)) {
    CHECK_THROWS_AS(sparse_loss(loss, at::zeros({1, 5}), y), c10::IndexError);
  }
}

TEST_CASE("loss: a second derivative is refused") {
  at::Tensor z = random_scores(at::kFloat).requires_grad_(true);
  const at::Tensor value = sparse_loss(find_loss("bce"), z, target_of(at::kFloat));
  CHECK_ERROR(value.backward({}, /*retain_graph=*/true, /*create_graph=*/true),
              "second derivative");
}

TEST_CASE("loss: scores overwritten in place are noticed when autograd would read them") {
  at::Tensor leaf = random_scores(at::kFloat).requires_grad_(true);
  const at::Tensor scores = leaf.exp();  // its backward needs its result
  const at::Tensor value =
      sparse_loss(find_loss("mse"), scores, target_of(at::kFloat), {Reduction::kSum, true, true});
  CHECK_ERROR(value.backward(), "modified by an inplace operation");
}

TEST_CASE("loss: an unknown name is answered with the known ones") {
  CHECK_ERROR(
      find_loss("crossentropy"),
      "known: bce, squared-hinge, focal, asymmetric, mse, poisson, softmax, sampled-softmax");
}

TEST_CASE("loss: the constant that fits a frequency is where the mean gradient vanishes") {
  for (const Loss& loss : losses_to_test()) {
    if (loss.needs_whole_rows()) continue;  // its constant is per row, not per label
    CAPTURE(loss.name);
    const at::Tensor z = at::full({4, 1}, loss.best_constant(0.25), at::kDouble);
    const at::Tensor indices = at::zeros({2, 1}, at::kLong);
    const at::Tensor y = at::_sparse_coo_tensor_unsafe(
        indices, at::ones({1}, at::kDouble), {4, 1}, at::TensorOptions().dtype(at::kDouble), true);
    CHECK(std::abs(loss_with_gradient(loss, z, y).gradient.sum().item<double>()) < 1e-12);
  }
}
