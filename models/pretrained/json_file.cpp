#include "spout/models/pretrained/json_file.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "spout/sparse/base/error.h"
#include "spout/sparse/files/io/input_file.h"

namespace spout {

using Json = nlohmann::json;

JsonFile JsonFile::read(const std::string& path) {
  constexpr uint64_t kMaxBytes = uint64_t{64} << 20U;
  constexpr int kMaxDepth = 32;
  FileSource source(path);
  const uint64_t bytes = source.remaining();
  if (bytes > kMaxBytes) {
    throw FileError(
        fmt::format("{}: expected at most {} bytes of JSON, found {}", path, kMaxBytes, bytes));
  }
  std::string text(bytes, ' ');
  source.read(text.data(), text.size());
  bool too_deep = false;
  const auto watch = [&](int depth, Json::parse_event_t /*event*/, Json& /*value*/) {
    too_deep = too_deep || depth > kMaxDepth;
    return !too_deep;
  };
  JsonFile file{path, Json::parse(text, watch, /*allow_exceptions=*/false)};
  if (too_deep || !(file.value.is_object() || file.value.is_array())) {
    throw FileError(fmt::format("{}: expected a JSON object, found {}", path,
                                too_deep ? "objects in objects in objects" : "something else"));
  }
  return file;
}

void JsonFile::refuse(const std::string& expected, const Json& found) const {
  constexpr size_t kShown = 60;
  throw FileError(fmt::format("{}: expected {}, found {}", path, expected,
                              found.dump(-1, ' ', /*ensure_ascii=*/true).substr(0, kShown)));
}

bool JsonFile::has(const char* key) const {
  if (!value.is_object()) return false;
  const auto found = value.find(key);
  return found != value.end() && !found->is_null();
}

int64_t JsonFile::integer(const char* key, Bounds<int64_t> bounds,
                          std::optional<int64_t> fallback) const {
  if (!has(key) && fallback) return *fallback;
  const std::string expected =
      fmt::format("\"{}\" to be a whole number from {} to {}", key, bounds.least, bounds.most);
  if (!has(key)) refuse(expected, "none");
  const Json& found = value[key];
  constexpr auto kMost = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  const bool fits =
      found.is_number_integer() && !(found.is_number_unsigned() && found.get<uint64_t>() > kMost);
  if (!fits) refuse(expected, found);
  const auto number = found.get<int64_t>();
  if (number < bounds.least || number > bounds.most) refuse(expected, found);
  return number;
}

double JsonFile::number(const char* key, Bounds<double> bounds, double fallback) const {
  if (!has(key)) return fallback;
  const Json& found = value[key];
  const double number = found.is_number() ? found.get<double>() : std::nan("");
  if (!(number >= bounds.least && number <= bounds.most)) {
    refuse(fmt::format("\"{}\" to be a number from {} to {}", key, bounds.least, bounds.most),
           found);
  }
  return number;
}

bool JsonFile::flag(const char* key, bool fallback) const {
  if (!has(key)) return fallback;
  if (!value[key].is_boolean()) {
    refuse(fmt::format("\"{}\" to be true or false", key), value[key]);
  }
  return value[key].get<bool>();
}

std::string JsonFile::text(const char* key, const std::optional<std::string>& fallback) const {
  if (!has(key) && fallback) return *fallback;
  const std::string expected = fmt::format("\"{}\" to be a text", key);
  if (!has(key)) refuse(expected, "none");
  if (!value[key].is_string()) refuse(expected, value[key]);
  return value[key].get<std::string>();
}

}  // namespace spout
