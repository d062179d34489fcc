#include "spout/sparse/files/text/word_vectors.h"

#include <ATen/ops/empty.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "spout/sparse/base/error.h"
#include "spout/sparse/base/numbers.h"
#include "spout/sparse/files/io/line_reader.h"
#include "spout/sparse/text/words.h"

namespace spout {
namespace {

constexpr int64_t kMostNumbers = 1 << 16;  // of a vector

int64_t count_fields(std::string_view line) {
  int64_t count = 0;
  while (!take_word(line).empty())
    ++count;
  return count;
}

/// Whether the last `count` fields of a line are numbers, behind at least one other.
bool ends_in_numbers(std::string_view line, int64_t count) {
  const int64_t before = count_fields(line) - count;
  if (before < 1 || count < 1) return false;
  for (int64_t i = 0; i < before; ++i)
    take_word(line);
  float value = 0.0F;
  for (int64_t i = 0; i < count; ++i) {
    if (!parse_float(take_word(line), value)) return false;
  }
  return true;
}

/// Reads d off the first line, which may be that of the file's size and is then taken.
int64_t read_width(LineReader& reader) {
  reader.mark();
  const std::optional<std::string_view> first = reader.next();
  if (!first) throw FileError(reader.path() + ": expected vectors of words, found an empty file");
  std::string_view rest = *first;
  int64_t count = 0;
  int64_t width = 0;
  const bool says_size = parse_int(take_word(rest), count) && parse_int(take_word(rest), width) &&
                         take_word(rest).empty() && width > 1;
  if (!says_size) width = count_fields(*first) - 1;
  if (!says_size && !ends_in_numbers(*first, width)) {
    throw bad_line(reader.path(), 1, "a word and its numbers, found " + in_quotes(*first));
  }
  if (width > kMostNumbers) {
    throw FileError(fmt::format("{}: expected vectors of at most {} numbers, found {}",
                                reader.path(), kMostNumbers, width));
  }
  if (says_size) {
    const std::optional<std::string_view> second = reader.next();
    if (second && !ends_in_numbers(*second, width)) {
      throw bad_line(
          reader.path(), 2,
          fmt::format("a word and its {} numbers, found other content; word2vec's binary "
                      "files become text in gensim, by save_word2vec_format(FILE)",
                      width));
    }
  }
  reader.rewind();
  if (says_size) reader.next();
  return width;
}

class Collector {
 public:
  Collector(const Vocabulary& words, int64_t width)
      : words_(words), width_(width), place_(static_cast<size_t>(words.size())) {}

  /// Takes the line of one word.
  void add(const LineReader& reader, std::string_view line) {
    std::string_view rest = line;
    const std::string_view name = take_word(rest);
    int64_t word = words_.find(name);
    const bool is_exact = word >= 0;
    if (!is_exact) word = words_.find(in_lower_case(name));
    if (word < 0) return;
    Place& place = place_[static_cast<size_t>(word)];
    const bool is_known = place.row >= 0 && (place.is_exact || !is_exact);
    if (is_known) return;
    const int64_t numbers = count_fields(line) - 1;
    if (numbers > width_ && is_longer_name(rest)) return;
    if (numbers != width_) {
      throw bad_line(reader.path(), reader.line(),
                     fmt::format("{} numbers behind the word, found {}", width_, numbers));
    }
    if (place.row < 0) {
      place.row = static_cast<int64_t>(values_.size()) / width_;
      values_.resize(values_.size() + static_cast<size_t>(width_));
    }
    place.is_exact = is_exact;
    float* row = values_.data() + place.row * width_;
    for (int64_t i = 0; i < width_; ++i) {
      const std::string_view number = take_word(rest);
      if (parse_float(number, row[i])) continue;
      throw bad_line(reader.path(), reader.line(),
                     "finite numbers behind the word, found " + in_quotes(number));
    }
  }

  WordVectors finish(int64_t lines) const {
    WordVectors found;
    found.lines = lines;
    for (size_t word = 0; word < place_.size(); ++word) {
      if (place_[word].row < 0) continue;
      found.words.push_back(static_cast<int64_t>(word));
      found.folded += place_[word].is_exact ? 0 : 1;
    }
    found.rows = at::empty({std::ssize(found.words), width_}, at::kFloat);
    auto* out = found.rows.mutable_data_ptr<float>();
    for (const int64_t word : found.words) {
      const float* row = values_.data() + place_[static_cast<size_t>(word)].row * width_;
      out = std::copy_n(row, width_, out);
    }
    return found;
  }

 private:
  struct Place {
    int64_t row = -1;  // in values_; -1: none yet
    bool is_exact = false;
  };

  /// Whether a name goes on behind its first word, since no number follows.
  static bool is_longer_name(std::string_view rest) {
    float value = 0.0F;
    return !parse_float(take_word(rest), value);
  }

  /// The name in lower case, if it is one word of spout's, or else nothing.
  std::string_view in_lower_case(std::string_view name) {
    lower_.split(name, {});
    const bool is_word = lower_.size() == 1 && lower_[0].size() == name.size();
    return is_word ? lower_[0] : std::string_view();
  }

  const Vocabulary& words_;
  int64_t width_;
  std::vector<Place> place_;  // by word
  std::vector<float> values_;
  Words lower_;
};

}  // namespace

WordVectors read_word_vectors(const std::string& path, const Vocabulary& words) {
  LineReader reader(path);
  Collector found(words, read_width(reader));
  int64_t lines = 0;
  while (const auto line = reader.next()) {
    found.add(reader, *line);
    ++lines;
  }
  return found.finish(lines);
}

}  // namespace spout
