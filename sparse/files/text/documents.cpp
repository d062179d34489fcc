#include "spout/sparse/files/text/documents.h"

#include <ATen/ops/ones.h>

#include <algorithm>

#include <fmt/format.h>

#include "spout/sparse/base/error.h"
#include "spout/sparse/base/growing_array.h"
#include "spout/sparse/base/name.h"
#include "spout/sparse/base/numbers.h"
#include "spout/sparse/files/text/json_document.h"
#include "spout/sparse/text/unicode.h"

namespace spout {
namespace {

class DocumentBuilder {
 public:
  DocumentBuilder(const std::string& path, const Vocabulary* known) : path_(path) {
    if (known != nullptr) documents_.labels = *known;
    num_known_ = documents_.labels.size();
    crow_.push_back(0);
  }

  void add_tabbed(std::string_view line, int64_t number) {
    number_ = number;
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
    if (!json.parse(line)) refuse(json.mistake());
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

  void add_label(std::string_view name) {
    row_.push_back(add_name(documents_.labels, name, path_, number_));
  }

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

/// Refuses lines of a table with further columns, such as ID<TAB>labels<TAB>text: two or more tabs,
/// as many in each line. A text with tabs in it differs from line to line.
void refuse_tables(LineReader& reader, size_t fewest_lines) {
  const std::vector<std::string> lines = sample_lines(reader, 100);
  if (lines.size() < fewest_lines) return;
  const auto tabs = [](const std::string& line) {
    return std::count(line.begin(), line.end(), '\t');
  };
  const auto first = tabs(lines.front());
  if (first < 2 || looks_like_json(lines.front())) return;
  const bool agree = std::all_of(lines.begin(), lines.end(),
                                 [&](const std::string& line) { return tabs(line) == first; });
  if (!agree) return;
  throw bad_line(
      reader.path(), 1,
      fmt::format("labels, one tab and a text, found {} tabs in every line (cut -f takes "
                  "some of the fields)",
                  first));
}

}  // namespace

Documents read_documents(LineReader& reader, const Vocabulary* known) {
  refuse_tables(reader, known == nullptr ? 1 : 2);
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
      refuse_other_json(reader.path(), reader.line(), text);
      is_json = looks_like_json(text);
    }
    if (is_json) {
      builder.add_json(text, reader.line());
    } else {
      builder.add_tabbed(text, reader.line());
    }
  }
  return builder.finish();
}

}  // namespace spout
