// Lookup in tables of names. The tables of losses, models, optimizers, activations, schedules,
// layouts and policies are all searched here.
#pragma once

#include <c10/util/Exception.h>

#include <string>
#include <string_view>

namespace spout {

/// A table line that only gives a name to one value of an enumeration.
template <class Value>
struct NamedValue {
  std::string_view name;
  Value value;
};

/// Returns the entry of `table` that is called `name`.
///   what    what the entries are, for the error: "loss"
///   throws ValueError that lists the known names
template <class Table>
const auto& find_by_name(const Table& table, std::string_view name, std::string_view what) {
  std::string known;
  for (const auto& entry : table) {
    if (entry.name == name) return entry;
    if (!known.empty()) known += ", ";
    known += entry.name;
  }
  TORCH_CHECK_VALUE(false, what, " '", name, "' is unknown; known: ", known);
}

/// Returns the entry of `table` that holds `value`. There must be one.
template <class Table, class Value>
const auto& find_by_value(const Table& table, const Value& value) {
  for (const auto& entry : table) {
    if (entry.value == value) return entry;
  }
  TORCH_CHECK(false, "a value without a name");
}

}  // namespace spout
