#include "spout/losses/formulas/domain.h"

#include <ATen/ops/aminmax.h>

#include <cmath>

namespace spout {

void check_domain(std::string_view name, Domain domain, const at::Tensor& values) {
  if (values.numel() == 0) return;
  const auto [low, high] = at::aminmax(values);  // both are NaN if any value is
  const auto lowest = low.item<double>();
  const auto highest = high.item<double>();
  const bool finite = std::isfinite(lowest) && std::isfinite(highest);
  switch (domain) {
    case Domain::kUnit:
      TORCH_CHECK_VALUE(finite && lowest >= 0 && highest <= 1, name,
                        ": target values must lie in [0, 1], found ", lowest, " to ", highest);
      break;
    case Domain::kNonNegative:
      TORCH_CHECK_VALUE(finite && lowest >= 0, name, ": target values must not be negative, found ",
                        lowest, " to ", highest);
      break;
    case Domain::kReal:
      TORCH_CHECK_VALUE(finite, name, ": target values must be finite, found ", lowest, " to ",
                        highest);
      break;
  }
}

}  // namespace spout
