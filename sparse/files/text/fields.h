// Splits lines of a table into fields. Quotes are a property of CSV, so only fields between commas
// or semicolons may stand in quotes; between tabs, "::" and blanks a quote is an ordinary
// character.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spout {

/// What is wrong with the quotes of a line.
enum class QuoteMistake : uint8_t { kNone, kNotClosed, kTextBehind };

class FieldSplitter {
 public:
  /// Splits at a separator of one or two characters; " " stands for one or more blanks.
  explicit FieldSplitter(std::string_view separator)
      : separator_(separator), has_quotes_(separator == "," || separator == ";") {}

  /// Splits a line, which must live as long as fields() is used.
  QuoteMistake split(std::string_view line);

  /// The fields of the last line, without blanks around them unless these stand in quotes. Empty
  /// fields at the end of the line are left out.
  std::span<const std::string_view> fields() const { return fields_; }

  /// The number of fields of the last line, empty ones at its end included.
  size_t total() const { return total_; }

  /// How many fields of all lines so far had blanks around them.
  int64_t trimmed() const { return trimmed_; }

  std::string_view separator() const { return separator_; }

 private:
  QuoteMistake take_quoted(std::string_view line, size_t& at);
  void take_plain(std::string_view line, size_t& at);

  std::string_view separator_;
  bool has_quotes_;
  size_t total_ = 0;
  int64_t trimmed_ = 0;
  std::vector<std::string_view> fields_;
  std::vector<std::string> unquoted_;  // the texts of quoted fields, to which fields_ refers
};

}  // namespace spout
