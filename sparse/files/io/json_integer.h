// Reads whole numbers of JSON. nlohmann's get<int64_t>() also converts fractions and numbers beyond
// int64_t, which is undefined behaviour.
#pragma once

#include <c10/util/Exception.h>

#include <cstdint>
#include <limits>

namespace spout {

/// Returns a JSON value as an integer.
///   what  the value's name, for errors      throws ValueError if the value is anything else
template <class Json>
int64_t json_integer(const Json& value, const char* what) {
  constexpr uint64_t kLargest = std::numeric_limits<int64_t>::max();
  const bool fits = value.is_number_integer() &&
                    !(value.is_number_unsigned() && value.template get<uint64_t>() > kLargest);
  TORCH_CHECK_VALUE(fits, what, ": expected a whole number, found ", value.dump().substr(0, 40));
  return value.template get<int64_t>();
}

}  // namespace spout
