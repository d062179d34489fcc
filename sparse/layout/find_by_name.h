// How every table of names is searched: losses, models, optimizers, activations, schedules,
// layouts, policies.
#pragma once

#include <c10/util/Exception.h>

#include <string>
#include <string_view>

namespace spout {

/// A line of a table that does no more than name the values of an enumeration.
template <class Value>
struct NamedValue {
  std::string_view name;
  Value value;
};

/// The entry of `table` whose `name` is `name`.
///   what    "loss": what the entries are, for the error
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

/// The entry of `table` whose `value` is `value`, which is in it.
template <class Table, class Value>
const auto& find_by_value(const Table& table, const Value& value) {
  for (const auto& entry : table) {
    if (entry.value == value) return entry;
  }
  TORCH_CHECK(false, "a value without a name");
}

}  // namespace spout
