// Reads JSON files that come from elsewhere: a value together with the file's path, so that what
// does not fit is refused in one line, "path: expected ..., found ...". A null counts as absent.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spout {

using Json = nlohmann::json;

/// The least and the most that a number may be.
template <class Number>
struct Bounds {
  Number least;
  Number most;
};

class JsonPart {
 public:
  /// Refers to `path` and `json`, which must outlive the part.
  ///   name   what the value is, for errors
  JsonPart(const std::string& path, std::string name, const Json& json)
      : path_(&path), name_(std::move(name)), json_(&json) {}

  const Json& json() const { return *json_; }
  const std::string& path() const { return *path_; }
  const std::string& name() const { return name_; }

  /// Whether the value is an object that has a member with a value.
  bool has(const char* key) const;

  /// The member of an object; throws FileError if there is none.
  JsonPart at(const char* key) const;

  /// The elements of a list, or the values of an object.
  std::vector<JsonPart> elements() const;

  std::string text() const;
  int64_t id() const;  // 0 to 2^31 - 2
  double number() const;

  /// The values of a key. Without `absent` the key must be there.
  ///   throws FileError on another type and outside the bounds
  int64_t integer(const char* key, Bounds<int64_t> bounds,
                  std::optional<int64_t> absent = {}) const;
  double number(const char* key, Bounds<double> bounds, double absent) const;
  bool flag(const char* key, bool absent) const;
  std::string text(const char* key, const std::string& absent) const;

  /// Throws FileError: expected `expected`, found the value, or another one.
  [[noreturn]] void refuse(const std::string& expected) const { refuse(expected, *json_); }
  [[noreturn]] void refuse(const std::string& expected, const Json& found) const;

  /// Throws FileError: expected `expected`, found none.
  [[noreturn]] void refuse_absence(const std::string& expected) const;

 private:
  const std::string* path_;
  std::string name_;
  const Json* json_;
};

/// A file of one JSON object or list.
class JsonFile {
 public:
  ///   throws FileError on a file that cannot be read or has more than 256 MiB, and on other or
  ///   damaged content
  explicit JsonFile(const std::string& path);

  /// All of it; valid as long as the file.
  ///   name  what it is, for errors
  JsonPart part(const std::string& name) const { return {path_, name, json_}; }

 private:
  std::string path_;
  Json json_;
};

/// Returns the entry of `table` whose name is the type of a part. Errors name all entries.
///   what   what the entries are: "a normalizer"
template <class Table>
const auto& find_by_type(const Table& table, const JsonPart& part, const std::string& what) {
  const JsonPart type = part.at("type");
  std::string known;
  for (const auto& entry : table) {
    if (type.json() == entry.name) return entry;
    known += (known.empty() ? "" : ", ") + std::string(entry.name);
  }
  type.refuse(what + " of " + known);
}

}  // namespace spout
