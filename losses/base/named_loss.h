// A loss by its name in the table, for programs that do not hold a line of it.
#pragma once

#include <string>
#include <utility>

#include "spout/losses/formulas/loss_parameters.h"

namespace spout {

/// "bce", or {"focal", {.gamma = 3.0}}: the name, and the numbers that the formula depends on.
struct NamedLoss {
  // Implicit, so that a call takes a bare name.
  // NOLINTBEGIN(google-explicit-constructor)
  NamedLoss(const char* loss, const LossParameters& numbers = {})
      : name(loss), parameters(numbers) {}
  NamedLoss(std::string loss, const LossParameters& numbers = {})
      : name(std::move(loss)), parameters(numbers) {}
  // NOLINTEND(google-explicit-constructor)

  std::string name;
  LossParameters parameters;
};

}  // namespace spout
