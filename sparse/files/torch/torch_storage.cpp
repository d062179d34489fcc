// The table of storage names.
#include "spout/sparse/files/torch/torch_storage.h"

#include <array>
#include <utility>

namespace spout {
namespace {

constexpr std::array<std::pair<c10::ScalarType, std::string_view>, 10> kStorages = {{
    {c10::ScalarType::Float, "FloatStorage"},
    {c10::ScalarType::Double, "DoubleStorage"},
    {c10::ScalarType::Half, "HalfStorage"},
    {c10::ScalarType::BFloat16, "BFloat16Storage"},
    {c10::ScalarType::Long, "LongStorage"},
    {c10::ScalarType::Int, "IntStorage"},
    {c10::ScalarType::Short, "ShortStorage"},
    {c10::ScalarType::Char, "CharStorage"},
    {c10::ScalarType::Byte, "ByteStorage"},
    {c10::ScalarType::Bool, "BoolStorage"},
}};

}  // namespace

std::string_view storage_name(c10::ScalarType type) {
  for (const auto& [known, name] : kStorages) {
    if (known == type) return name;
  }
  return {};
}

std::optional<c10::ScalarType> storage_type(std::string_view name) {
  for (const auto& [type, known] : kStorages) {
    if (known == name) return type;
  }
  return std::nullopt;
}

}  // namespace spout
