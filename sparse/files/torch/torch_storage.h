// The names by which torch.save calls the element types of its storages.
#pragma once

#include <c10/core/ScalarType.h>

#include <optional>
#include <string_view>

namespace spout {

/// Returns "FloatStorage" for f32, and so on; empty for types that spout does not exchange.
std::string_view storage_name(c10::ScalarType type);

/// Returns the type of that name, the inverse of storage_name(); nullopt for unknown names.
std::optional<c10::ScalarType> storage_type(std::string_view name);

}  // namespace spout
