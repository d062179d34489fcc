#include "spout/app/data/label_texts.h"

#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "spout/app/data/text_encoder.h"
#include "spout/app/process/say.h"
#include "spout/sparse/base/characters.h"
#include "spout/sparse/base/error.h"
#include "spout/sparse/base/name.h"
#include "spout/sparse/files/io/line_reader.h"
#include "spout/sparse/text/unicode.h"

namespace spout {

LabelTexts read_label_texts(const std::string& path) {
  LineReader reader(path);
  LabelTexts read;
  std::string repaired;
  while (const auto line = reader.next()) {
    const int64_t broken = repair_utf8(*line, repaired);
    const std::string_view whole = broken > 0 ? repaired : *line;
    read.broken_utf8 += broken;
    const size_t tab = std::min(whole.find('\t'), whole.size());
    const std::string_view name = trimmed(whole.substr(0, tab));
    const std::string_view text = tab == whole.size() ? name : trimmed(whole.substr(tab + 1));
    if (text.empty() || text.find('\t') != std::string_view::npos) {
      throw bad_line(path, reader.line(),
                     fmt::format("a label and its text, name<TAB>text, found {}",
                                 text.empty() ? "no text" : "further tabs"));
    }
    if (add_name(read.names, name, path, reader.line()) + 1 < reader.line()) {
      throw bad_line(path, reader.line(),
                     fmt::format("each label once, found {} again", in_quotes(name)));
    }
    read.texts.add(text);
  }
  if (read.broken_utf8 > 0) {
    say("{}: {} broken UTF-8 sequences were replaced by U+FFFD\n", path, read.broken_utf8);
  }
  if (read.names.empty()) throw FileError(path + ": expected texts of labels, found an empty file");
  return read;
}

TextList texts_of_labels(const std::string& path, const LabelTexts& given, Vocabulary& labels) {
  const int64_t known = labels.size();
  for (int64_t i = 0; i < given.names.size(); ++i)
    labels.add(given.names.name(i));
  TextList texts;
  int64_t without_text = 0;
  int64_t saying_nothing = 0;
  for (int64_t label = 0; label < labels.size(); ++label) {
    const std::string_view name = labels.name(label);
    const int64_t found = given.names.find(name);
    const std::string_view text = found < 0 ? name : given.texts[static_cast<size_t>(found)];
    without_text += found < 0 ? 1 : 0;
    const bool is_telling = is_telling_name(text);
    saying_nothing += is_telling ? 0 : 1;
    texts.add(is_telling ? text : "");
  }
  if (!path.empty()) {
    say("{}: texts of {} labels, {} of which the data do not name; {} labels of the data have none "
        "there, so their names stand for them\n",
        path, given.names.size(), labels.size() - known, without_text);
  }
  if (saying_nothing > 0) {
    say("{} of {} labels have a text without words, such as a number, which is not used\n",
        saying_nothing, labels.size());
  }
  return texts;
}

at::Tensor rows_of_label_texts(const TextEncoder& encoder, const TextList& texts) {
  TextList telling;
  std::vector<int64_t> labels;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].empty()) continue;
    telling.add(texts[i]);
    labels.push_back(static_cast<int64_t>(i));
  }
  if (labels.empty()) return {};
  if (labels.size() == texts.size()) return encoder.rows(texts);
  return at::zeros({static_cast<int64_t>(texts.size()), encoder.width()})
      .index_copy_(0, at::tensor(labels, at::kLong), encoder.rows(telling));
}

bool is_telling_name(std::string_view name) {
  bool after_letter = false;
  while (!name.empty()) {
    const CodePoint point = read_code_point(name.data(), name.data() + name.size());
    const bool is_letter = is_letter_point(point.value);
    // One ideograph is a word; of an alphabet it takes two letters.
    if (is_letter && (after_letter || point.bytes > 2)) return true;
    after_letter = is_letter;
    name.remove_prefix(static_cast<size_t>(point.bytes));
  }
  return false;
}

}  // namespace spout
