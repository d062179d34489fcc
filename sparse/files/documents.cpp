#include "sparse/files/documents.h"

#include <ATen/ops/ones.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sparse/files/error.h"
#include "sparse/files/growing_array.h"
#include "sparse/files/numbers.h"
#include "sparse/text/unicode.h"

namespace spout {
namespace {

using Json = nlohmann::json;

/// A value as an error shows it.
std::string shown(const Json& json) {
  return json.is_structured() ? std::string("an ") + json.type_name() : in_quotes(json.dump());
}

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
    end_document(std::string(line));
  }

  void add_json(std::string_view line, int64_t number) {
    number_ = number;
    if (without_trailing_blanks(line).empty()) return end_document({});
    Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object()) refuse("a JSON object with a \"text\", found " + in_quotes(line));
    const auto text = json.find("text");
    if (text == json.end()) refuse("a key \"text\", found none in " + in_quotes(line));
    if (!text->is_string()) refuse("a text as \"text\", found " + shown(*text));
    const auto labels = json.find("labels");
    if (labels != json.end() && !labels->is_null()) add_labels(*labels);
    end_document(std::move(text->get_ref<std::string&>()));
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

  void add_labels(const Json& labels) {
    if (!labels.is_array()) refuse("a list as \"labels\", found " + shown(labels));
    for (const Json& label : labels) {
      if (label.is_number_integer()) {
        add_label(label.dump());
        continue;
      }
      const auto* name = label.get_ptr<const std::string*>();
      if (name == nullptr) refuse("labels of text or integers, found " + shown(label));
      const bool has_control = std::any_of(
          name->begin(), name->end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
      if (name->empty() || has_control) {
        refuse("labels of printable characters, found " + in_quotes(*name));
      }
      add_label(*name);
    }
  }

  void add_label(std::string_view name) { row_.push_back(documents_.labels.add(name)); }

  void end_document(std::string text) {
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
    documents_.texts.push_back(std::move(text));
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
  const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  return json.is_object() && json.contains("text");
}

Documents read_documents(LineReader& reader, const Vocabulary* known) {
  DocumentBuilder builder(reader.path(), known);
  std::string repaired;
  bool is_known = false;  // whether lines are JSON
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
