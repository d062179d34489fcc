#include "spout/sparse/files/io/json_part.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "spout/sparse/base/error.h"
#include "spout/sparse/files/io/input_file.h"

namespace spout {
namespace {

constexpr int64_t kLargestId = std::numeric_limits<int32_t>::max() - 1;
constexpr size_t kLongestQuote = 60;             // characters of a value in an error
constexpr size_t kMostBytes = size_t{1} << 28U;  // a tokenizer of 250,000 tokens has 2^24

// Lists and objects are not written out: they may be nested without end.
std::string description(const Json& json) {
  if (json.is_object()) return "an object";
  if (json.is_array()) return "a list";
  const std::string text = json.dump(-1, ' ', true);
  return text.size() <= kLongestQuote ? text : text.substr(0, kLongestQuote) + "...";
}

}  // namespace

void JsonPart::refuse(const std::string& expected, const Json& found) const {
  throw FileError(fmt::format("{}: expected {}, found {}", *path_, expected, description(found)));
}

void JsonPart::refuse_absence(const std::string& expected) const {
  throw FileError(fmt::format("{}: expected {}, found none", *path_, expected));
}

bool JsonPart::has(const char* key) const {
  if (!json_->is_object()) return false;
  const auto found = json_->find(key);
  return found != json_->end() && !found->is_null();
}

JsonPart JsonPart::at(const char* key) const {
  if (!json_->is_object()) refuse(fmt::format("{} with \"{}\"", name_, key));
  if (!has(key)) refuse_absence(fmt::format("{} with \"{}\"", name_, key));
  return {*path_, fmt::format("\"{}\" of {}", key, name_), json_->at(key)};
}

std::vector<JsonPart> JsonPart::elements() const {
  if (!json_->is_array() && !json_->is_object()) refuse("a list as " + name_);
  std::vector<JsonPart> parts;
  parts.reserve(json_->size());
  for (const Json& element : *json_)
    parts.emplace_back(*path_, "an element of " + name_, element);
  return parts;
}

std::string JsonPart::text() const {
  if (!json_->is_string()) refuse("a text as " + name_);
  return json_->get<std::string>();
}

int64_t JsonPart::id() const {
  const bool fits =
      json_->is_number_unsigned() && json_->get<uint64_t>() <= static_cast<uint64_t>(kLargestId);
  if (!fits) refuse("a whole number below 2^31 as " + name_);
  return json_->get<int64_t>();
}

double JsonPart::number() const {
  if (!json_->is_number()) refuse("a number as " + name_);
  return json_->get<double>();
}

int64_t JsonPart::integer(const char* key, Bounds<int64_t> bounds,
                          std::optional<int64_t> absent) const {
  if (!has(key) && absent) return *absent;
  const std::string expected =
      fmt::format("\"{}\" to be a whole number from {} to {}", key, bounds.least, bounds.most);
  if (!has(key)) refuse_absence(expected);
  const Json& found = json_->at(key);
  constexpr auto kMost = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  const bool fits =
      found.is_number_integer() && !(found.is_number_unsigned() && found.get<uint64_t>() > kMost);
  if (!fits) refuse(expected, found);
  const auto value = found.get<int64_t>();
  if (value < bounds.least || value > bounds.most) refuse(expected, found);
  return value;
}

double JsonPart::number(const char* key, Bounds<double> bounds, double absent) const {
  if (!has(key)) return absent;
  const Json& found = json_->at(key);
  const double value = found.is_number() ? found.get<double>() : std::nan("");
  if (!(value >= bounds.least && value <= bounds.most)) {
    refuse(fmt::format("\"{}\" to be a number from {} to {}", key, bounds.least, bounds.most),
           found);
  }
  return value;
}

bool JsonPart::flag(const char* key, bool absent) const {
  if (!has(key)) return absent;
  const JsonPart part = at(key);
  if (!part.json().is_boolean()) part.refuse("true or false as " + part.name());
  return part.json().get<bool>();
}

std::string JsonPart::text(const char* key, const std::string& absent) const {
  return has(key) ? at(key).text() : absent;
}

JsonFile::JsonFile(const std::string& path) : path_(path) {
  const std::string text = read_whole_file(path);
  if (text.size() > kMostBytes) {
    throw FileError(fmt::format("{}: expected at most {} bytes of JSON, found {}", path, kMostBytes,
                                text.size()));
  }
  json_ = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json_.is_object() || json_.is_array()) return;
  throw FileError(path + ": expected a JSON object or list, found other or damaged content");
}

}  // namespace spout
