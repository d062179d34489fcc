// Whole numbers in JSON. nlohmann's get<int64_t>() also takes fractions and what no integer can
// hold, which is undefined behaviour.
#pragma once

#include <c10/util/Exception.h>

#include <cstdint>
#include <limits>

namespace spout {

/// The value as an integer.
///   what  it is, for errors      throws ValueError where it is anything else
template <class Json>
int64_t json_integer(const Json& value, const char* what) {
  constexpr uint64_t kLargest = std::numeric_limits<int64_t>::max();
  const bool fits = value.is_number_integer() &&
                    !(value.is_number_unsigned() && value.template get<uint64_t>() > kLargest);
  TORCH_CHECK_VALUE(fits, what, ": expected a whole number, found ", value.dump().substr(0, 40));
  return value.template get<int64_t>();
}

}  // namespace spout
