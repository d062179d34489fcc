// The table of losses. Every command, every way to run a loss and every contract test reads it.
#pragma once

#include <span>
#include <string_view>

#include "spout/losses/base/loss.h"
#include "spout/losses/base/named_loss.h"

namespace spout {

std::span<const Loss> loss_table();

/// The line of the loss called `name`.
///   throws ValueError, listing the known names
const Loss& find_loss(std::string_view name);

/// A copy of that line with the parameters asked for. Errors as find_loss().
Loss loss_named(const NamedLoss& loss);

}  // namespace spout
