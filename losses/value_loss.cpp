#include "spout/losses/value_loss.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/huber_loss.h>
#include <ATen/ops/where.h>

#include <array>
#include <cmath>

#include "spout/sparse/base/find_by_name.h"

namespace spout {
namespace {

constexpr int64_t kNoReduction = 0;

at::Tensor squared(const at::Tensor& v, const at::Tensor& y, const ValueLossOptions&) {
  return (v - y).square();
}

at::Tensor huber(const at::Tensor& v, const at::Tensor& y, const ValueLossOptions& options) {
  return at::huber_loss(v, y, kNoReduction, options.huber_delta);
}

/// The negative log-likelihood of a count with rate exp(v), without the terms of y alone. As a
/// quasi-likelihood it fits any positive value whose variance grows with its mean.
at::Tensor poisson(const at::Tensor& v, const at::Tensor& y, const ValueLossOptions&) {
  return v.exp() - y * v;
}

/// Up to constants, the negative log-likelihood of y where log y is normal around v with a fixed
/// variance.
at::Tensor log_normal(const at::Tensor& v, const at::Tensor& y, const ValueLossOptions&) {
  return (v - y.log()).square();
}

at::Tensor as_it_is(const at::Tensor& raw) {
  return raw;
}

at::Tensor exponential(const at::Tensor& raw) {
  return raw.exp();
}

double same(double x) {
  return x;
}

double logarithm(double x) {
  return std::log(x);
}

constexpr std::array<ValueLoss, 4> kTable{{
    {"squared", "squared error", Domain::kReal, &squared, &as_it_is, "v", &same, &same, true},
    {"huber", "squared error up to huber-delta, linear beyond", Domain::kReal, &huber, &as_it_is,
     "v", &same, &same, true},
    {"poisson", "counts and other positive values, of mean exp(raw)", Domain::kNonNegative,
     &poisson, &exponential, "torch.exp(v)", &same, &logarithm, false},
    {"log-normal", "squared error of the logarithm; predicts the median", Domain::kNonNegative,
     &log_normal, &exponential, "torch.exp(v)", &logarithm, &same, false},
}};

}  // namespace

std::span<const ValueLoss> value_loss_table() {
  return kTable;
}

const ValueLoss& find_value_loss(std::string_view name) {
  return find_by_name(kTable, name, "value loss");
}

void check_domain(const ValueLoss& loss, const at::Tensor& values) {
  check_domain(loss.name, loss.domain, values);
}

at::Tensor value_loss_sum(const ValueLoss& loss, const at::Tensor& raw, const at::Tensor& y,
                          const at::Tensor& weights, const ValueLossOptions& options) {
  const at::Tensor is_zero = y.eq(0);  // an explicit zero is an absent entry
  at::Tensor terms = loss.terms(raw, at::where(is_zero, 1.0, y), options);
  if (weights.defined()) terms = terms * weights;
  return at::where(is_zero, 0.0, terms).sum();
}

}  // namespace spout
