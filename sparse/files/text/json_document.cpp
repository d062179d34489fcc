#include "spout/sparse/files/text/json_document.h"

#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "spout/sparse/base/characters.h"
#include "spout/sparse/base/error.h"

namespace spout {

using Json = nlohmann::json;

/// Receives the values of a line one by one. A tree of all of them would be many times larger than
/// the line.
class JsonDocument::Parser : public nlohmann::json_sax<Json> {
 public:
  explicit Parser(JsonDocument& document) : document_(document) {}

  bool is_object() const { return is_object_; }

  bool null() override { return take(in_quotes("null"), /*is_null=*/true); }
  bool boolean(bool value) override { return take(in_quotes(value ? "true" : "false")); }
  bool number_integer(number_integer_t value) override { return integer(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return integer(std::to_string(value)); }
  bool number_float(number_float_t /*value*/, const string_t& text) override {
    return take(in_quotes(text));
  }
  bool binary(binary_t& /*value*/) override { return false; }  // never called for JSON text
  bool string(string_t& value) override {
    if (depth_ == 1 && field_ == Field::kText) {
      document_.text_ = std::move(value);
      return true;
    }
    if (!is_label()) return take(in_quotes(Json(value).dump()));
    document_.label_(value);
    return true;
  }

  bool start_object(size_t /*size*/) override {
    is_object_ = is_object_ || depth_ == 0;
    if (depth_ > 0) take("an object");
    ++depth_;
    return true;
  }
  bool start_array(size_t /*size*/) override {
    if (depth_ != 1 || field_ != Field::kLabels) take("an array");
    ++depth_;
    return true;
  }
  bool end_object() override { return end(); }
  bool end_array() override { return end(); }

  bool key(string_t& name) override {
    if (depth_ != 1) return true;
    is_lone_ = name == "label";
    field_ = name == "text"                 ? Field::kText
             : is_lone_ || name == "labels" ? Field::kLabels
                                            : Field::kOther;
    if (field_ == Field::kOther) return true;
    bool& seen = field_ == Field::kText ? document_.has_text_ : has_labels_;
    if (seen) {
      refuse(field_ == Field::kText ? "a key \"text\" once, found it again"
                                    : "a key \"labels\" or \"label\" once, found a second one");
    }
    seen = true;
    return true;
  }

  bool parse_error(size_t position, const std::string& token,
                   const Json::exception& /*error*/) override {
    constexpr size_t kShown = 30;
    const bool at_end = token.empty() || token == "<EOF>";
    const std::string found =
        at_end ? "the end of the line (each line holds a whole object)"
               : in_quotes(token.size() > kShown ? token.substr(token.size() - kShown) : token);
    document_.mistake_ = fmt::format("a JSON object, found {} at byte {}", found, position);
    return false;
  }

 private:
  enum class Field { kText, kLabels, kOther };

  bool is_label() const {
    return field_ == Field::kLabels && (depth_ == 2 || (depth_ == 1 && is_lone_));
  }

  bool end() {
    --depth_;
    return true;
  }

  bool integer(const std::string& digits) {
    if (!is_label()) return take(in_quotes(digits));
    document_.label_(digits);
    return true;
  }

  /// Takes a value that is neither a text nor a label.
  bool take(const std::string& shown, bool is_null = false) {
    if (is_label() && !(is_null && depth_ == 1)) {
      refuse("labels of text or integers, found " + shown);
    }
    if (depth_ != 1) return true;
    if (field_ == Field::kText) refuse("a text as \"text\", found " + shown);
    if (field_ == Field::kLabels && !is_null) refuse("a list as \"labels\", found " + shown);
    return true;
  }

  void refuse(const std::string& expected) {
    if (document_.mistake_.empty()) document_.mistake_ = expected;
  }

  JsonDocument& document_;
  int64_t depth_ = 0;
  Field field_ = Field::kOther;
  bool is_object_ = false;
  bool has_labels_ = false;
  bool is_lone_ = false;  // whether the key is "label", whose value may be a lone label
};

bool JsonDocument::parse(std::string_view line) {
  Parser parser(*this);
  const bool is_json = Json::sax_parse(line, &parser);
  if (!line.starts_with('{') || (is_json && !parser.is_object())) {
    mistake_ = "a JSON object with a \"text\", found " + in_quotes(line);
  }
  return is_json && parser.is_object();
}

bool looks_like_json(std::string_view line) {
  if (!line.starts_with('{')) return false;
  const size_t next = line.find_first_not_of(" \t", 1);
  return next != std::string_view::npos && (line[next] == '"' || line[next] == '}');
}

bool is_json_document(std::string_view line) {
  if (!looks_like_json(line)) return false;
  JsonDocument json([](std::string_view) {});
  return json.parse(line) && json.has_text();
}

void refuse_other_json(const std::string& path, int64_t line, std::string_view text) {
  text = trimmed(text);
  const bool is_list =
      text.starts_with('[') && text.find_first_not_of(" \t", 1) == text.find('{', 1);
  const bool is_open = text == "{" || text == "[";
  if (!is_list && !is_open) return;
  throw bad_line(path, line,
                 fmt::format("a JSON object in each line, found {} (jq -c {} FILE writes them so)",
                             in_quotes(text), text.starts_with('[') ? "'.[]'" : "."));
}

}  // namespace spout
