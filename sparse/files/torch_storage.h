// How torch.save calls the element types of its storages.
#pragma once

#include <c10/core/ScalarType.h>

#include <optional>
#include <string_view>

namespace spout {

/// "FloatStorage" for f32, and so on; empty for types that spout does not exchange.
std::string_view storage_name(c10::ScalarType type);

/// The reverse.
std::optional<c10::ScalarType> storage_type(std::string_view name);

}  // namespace spout
