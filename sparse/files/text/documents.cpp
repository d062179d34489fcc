#include "spout/sparse/files/text/documents.h"

#include <ATen/ops/ones.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "spout/sparse/base/error.h"
#include "spout/sparse/base/growing_array.h"
#include "spout/sparse/base/numbers.h"
#include "spout/sparse/text/unicode.h"

namespace spout {
namespace {

using Json = nlohmann::json;

/// Takes "text" and "labels" out of a line of JSON while it is parsed. A tree of all its values
/// would be many times larger than the line.
class JsonDocument : public nlohmann::json_sax<Json> {
 public:
  /// Makes a parser for one line.
  ///   label  called with each label as it is parsed
  explicit JsonDocument(std::function<void(std::string_view)> label) : label_(std::move(label)) {}

  /// Parses the line; returns whether it is one JSON object.
  bool parse(std::string_view line) { return Json::sax_parse(line, this) && is_object_; }

  bool has_text() const { return has_text_; }
  const std::string& text() const { return text_; }

  /// What was expected and found at the first value that a document cannot have; empty if none.
  const std::string& mistake() const { return mistake_; }

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
      text_ = std::move(value);
      return true;
    }
    if (!is_label()) return take(in_quotes(Json(value).dump()));
    const bool has_control = std::any_of(
        value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    if (value.empty() || has_control) {
      refuse("labels of printable characters, found " + in_quotes(value));
    } else {
      label_(value);
    }
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
    field_ = name == "text" ? Field::kText : name == "labels" ? Field::kLabels : Field::kOther;
    bool& seen = field_ == Field::kText ? has_text_ : has_labels_;
    if (field_ == Field::kOther) return true;
    if (seen) refuse(fmt::format("a key \"{}\" once, found it again", name));
    seen = true;
    return true;
  }

  bool parse_error(size_t /*position*/, const std::string& /*token*/,
                   const Json::exception& /*error*/) override {
    return false;
  }

 private:
  enum class Field { kText, kLabels, kOther };

  bool is_label() const { return depth_ == 2 && field_ == Field::kLabels; }

  bool end() {
    --depth_;
    return true;
  }

  bool integer(const std::string& digits) {
    if (!is_label()) return take(in_quotes(digits));
    label_(digits);
    return true;
  }

  /// Takes a value that is neither a text nor a label.
  bool take(const std::string& shown, bool is_null = false) {
    if (is_label()) refuse("labels of text or integers, found " + shown);
    if (depth_ != 1) return true;
    if (field_ == Field::kText) refuse("a text as \"text\", found " + shown);
    if (field_ == Field::kLabels && !is_null) refuse("a list as \"labels\", found " + shown);
    return true;
  }

  void refuse(const std::string& expected) {
    if (mistake_.empty()) mistake_ = expected;
  }

  std::function<void(std::string_view)> label_;
  int64_t depth_ = 0;
  Field field_ = Field::kOther;
  bool is_object_ = false;
  bool has_text_ = false;
  bool has_labels_ = false;
  std::string text_;
  std::string mistake_;
};

class DocumentBuilder {
 public:
  DocumentBuilder(const std::string& path, const Vocabulary* known) : path_(path) {
    if (known != nullptr) documents_.labels = *known;
    num_known_ = documents_.labels.size();
    crow_.push_back(0);
  }

  void add_tabbed(std::string_view line) {
    const size_t tab = line.find('\t');
    if (tab != std::string_view::npos) {
      std::string_view rest = line.substr(0, tab);
      for (auto word = take_word(rest); !word.empty(); word = take_word(rest))
        add_label(word);
      line.remove_prefix(tab + 1);
    }
    end_document(line);
  }

  void add_json(std::string_view line, int64_t number) {
    number_ = number;
    if (without_trailing_blanks(line).empty()) return end_document({});
    JsonDocument json([this](std::string_view label) { add_label(label); });
    if (!json.parse(line)) refuse("a JSON object with a \"text\", found " + in_quotes(line));
    if (!json.has_text()) refuse("a key \"text\", found none in " + in_quotes(line));
    if (!json.mistake().empty()) refuse(json.mistake());
    end_document(json.text());
  }

  void add_broken(int64_t count) { documents_.broken_utf8 += count; }

  Documents finish() {
    const int64_t nnz = col_.ssize();
    documents_.y = {static_cast<int64_t>(documents_.texts.size()), documents_.labels.size(),
                    crow_.release(), col_.release(), at::ones({nnz}, at::kFloat)};
    documents_.unseen_labels = documents_.labels.size() - num_known_;
    return std::move(documents_);
  }

 private:
  [[noreturn]] void refuse(const std::string& expected) const {
    throw bad_line(path_, number_, expected);
  }

  void add_label(std::string_view name) { row_.push_back(documents_.labels.add(name)); }

  void end_document(std::string_view text) {
    std::sort(row_.begin(), row_.end());
    const auto end = std::unique(row_.begin(), row_.end());
    documents_.duplicate_labels += row_.end() - end;
    row_.erase(end, row_.end());
    for (const int64_t label : row_) {
      documents_.unseen_entries += label >= num_known_ ? 1 : 0;
      col_.push_back(label);
    }
    row_.clear();
    crow_.push_back(col_.ssize());
    documents_.texts.add(text);
  }

  std::string path_;
  int64_t number_ = 0;
  int64_t num_known_ = 0;
  Documents documents_;
  GrowingArray<int64_t> crow_, col_;
  std::vector<int64_t> row_;
};

}  // namespace

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

Documents read_documents(LineReader& reader, const Vocabulary* known) {
  DocumentBuilder builder(reader.path(), known);
  std::string repaired;
  bool is_known = false;  // whether is_json is decided
  bool is_json = false;
  while (const auto line = reader.next()) {
    const int64_t broken = repair_utf8(*line, repaired);
    const std::string_view text = broken > 0 ? std::string_view(repaired) : *line;
    builder.add_broken(broken);
    if (!is_known && !without_trailing_blanks(text).empty()) {
      is_known = true;
      is_json = looks_like_json(text);
    }
    if (is_json) {
      builder.add_json(text, reader.line());
    } else {
      builder.add_tabbed(text);
    }
  }
  return builder.finish();
}

}  // namespace spout
