// Reads the JSON files of a pretrained model's folder, and the values of their keys. Files come
// from elsewhere, so that each value is checked against the range that the caller can use.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace spout {

/// The least and the most that a number may be.
template <class Number>
struct Bounds {
  Number least;
  Number most;
};

/// A JSON value of a file; `path` is what errors name.
struct JsonFile {
  std::string path;
  nlohmann::json value;

  /// Reads a whole file.
  ///   throws FileError unless it holds one JSON object or list, at most 64 MiB long and not
  ///   nested deeply
  static JsonFile read(const std::string& path);

  /// Whether an object has the key, with a value that is not null.
  bool has(const char* key) const;

  /// The values of a key. Without `fallback` the key must be there.
  ///   throws FileError on another type and outside the bounds
  int64_t integer(const char* key, Bounds<int64_t> bounds,
                  std::optional<int64_t> fallback = {}) const;
  double number(const char* key, Bounds<double> bounds, double fallback) const;
  bool flag(const char* key, bool fallback) const;
  std::string text(const char* key, const std::optional<std::string>& fallback = {}) const;

  /// Throws the error "path: expected ..., found ...", with the beginning of the value.
  [[noreturn]] void refuse(const std::string& expected, const nlohmann::json& found) const;
};

}  // namespace spout
