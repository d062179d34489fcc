// Reads one document from a line of JSON: {"text": "...", "labels": ["...", 7]}, or a lone "label".
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace spout {

/// Whether a line begins like a JSON object: '{', then a quote or '}'.
bool looks_like_json(std::string_view line);

/// Whether a line is a JSON object with a "text".
bool is_json_document(std::string_view line);

/// Throws FileError if a file's first line begins an object over several lines, or a list.
void refuse_other_json(const std::string& path, int64_t line, std::string_view text);

/// A line of JSON, whose "text" and labels are taken out of it while it is parsed.
class JsonDocument {
 public:
  /// Makes a parser for one line.
  ///   label  called with each label as it is parsed
  explicit JsonDocument(std::function<void(std::string_view)> label) : label_(std::move(label)) {}

  /// Parses the line; returns whether it is one JSON object.
  bool parse(std::string_view line);

  bool has_text() const { return has_text_; }
  const std::string& text() const { return text_; }

  /// What was expected and found at the first mistake; empty if there is none.
  const std::string& mistake() const { return mistake_; }

 private:
  class Parser;
  std::function<void(std::string_view)> label_;
  bool has_text_ = false;
  std::string text_;
  std::string mistake_;
};

}  // namespace spout
