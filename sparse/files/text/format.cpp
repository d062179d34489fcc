// Format detection. Each line is reduced to the kinds of words that it holds. One or two lines
// decide most files, and at most kSampledLines are read, with one exception: if three integers come
// first and only integers follow, the number of lines has to decide. A file of users and items is
// adjacency text or pairs only if one of the lines read cannot be the other.
#include "spout/sparse/files/text/format.h"

#include <fmt/format.h>

#include <array>
#include <optional>

#include "spout/sparse/base/error.h"
#include "spout/sparse/base/numbers.h"
#include "spout/sparse/files/text/fields.h"
#include "spout/sparse/files/text/json_document.h"
#include "spout/sparse/files/text/pair_columns.h"
#include "spout/sparse/files/text/xmc.h"

namespace spout {
namespace {

constexpr int64_t kSampledLines = 1000;
constexpr std::string_view kZipMagic = "PK\x03\x04";
constexpr std::string_view kNpyMagic = "\x93NUMPY";

constexpr std::array<DataFormatEntry, 6> kFormats = {{
    {DataFormat::kXmc, "xmc", "XMLRepository text: rows features labels, then l,l f:v f:v"},
    {DataFormat::kLibsvm, "libsvm", "multi-label libsvm text: l,l f:v f:v, features from 1"},
    {DataFormat::kAdjacency, "adjacency", "user item item ... per line, items from 0"},
    {DataFormat::kPairs, "pairs", "user item [rating [time]] per line, or CSV with a header"},
    {DataFormat::kNpz, "npz",
     "SciPy's or torch's sparse matrices X.npz,Y.npz or X.pt,Y.pt (X may be dense)"},
    {DataFormat::kText, "text",
     "a document per line: label label<TAB>text, or {\"text\": ..., \"labels\": [...]}"},
}};

/// The kinds of words in a line, which may hold several.
struct LineKind {
  int64_t words = 0;
  bool has_pair = false;   // feature:value
  bool has_list = false;   // integers separated by commas
  bool has_other = false;  // a word that is neither of these nor an integer
  int64_t others = 0;      // the number of such words
  int64_t fields = 0;      // the fields as a line of pairs; 0 if it cannot be one
  bool empty() const { return words == 0; }
  bool only_integers() const { return words > 0 && !has_pair && !has_list && !has_other; }
};

bool is_integer_list(std::string_view word) {
  return word.find_first_not_of("0123456789,") == std::string_view::npos;
}

bool is_pair(std::string_view word) {
  const size_t colon = word.find(':');
  if (colon == std::string_view::npos) return false;
  int64_t feature = 0;
  float value = 0;
  return parse_int(word.substr(0, colon), feature) && parse_float(word.substr(colon + 1), value);
}

/// Counts the fields of a line of pairs; 0 unless there are 2 to 4 and the third is a number.
int64_t count_pair_fields(std::string_view line, std::string_view separator) {
  if (separator.empty()) return 0;
  FieldSplitter splitter(separator);
  if (splitter.split(line) != QuoteMistake::kNone) return 0;
  const auto fields = splitter.fields();
  float rating = 0;
  if (fields.size() > 2 && !parse_float(fields[2], rating)) return 0;
  return fields.size() < 2 || fields.size() > 4 ? 0 : static_cast<int64_t>(fields.size());
}

LineKind kind_of(std::string_view line, std::string_view separator = {}) {
  LineKind kind;
  kind.fields = count_pair_fields(line, separator);
  for (auto word = take_word(line); !word.empty(); word = take_word(line)) {
    ++kind.words;
    int64_t integer = 0;
    if (parse_int(word, integer)) continue;
    if (is_pair(word)) {
      kind.has_pair = true;
    } else if (is_integer_list(word)) {
      kind.has_list = true;
    } else {
      kind.has_other = true;
      ++kind.others;
    }
  }
  return kind;
}

[[noreturn]] void throw_unknown(const LineReader& reader, std::string_view line) {
  throw bad_line(reader.path(), reader.line(),
                 "data in a known format (xmc, libsvm, adjacency, pairs, npz, text), found " +
                     in_quotes(line) + "; in text a tab stands between labels and document");
}

[[noreturn]] void throw_ambiguous(const LineReader& reader, const char* one, const char* other) {
  throw AmbiguousFormat(fmt::format("{}: could be {} or {}", reader.path(), one, other));
}

/// Whether a line can be adjacency text: a user, and items by number. A user without items must be
/// a number too.
bool fits_adjacency(std::string_view line) {
  const std::string_view user = take_word(line);
  int64_t number = 0;
  bool fits = true;
  int64_t num_items = 0;
  for (auto word = take_word(line); fits && !word.empty(); word = take_word(line), ++num_items)
    fits = parse_int(word, number) && number >= 0;
  return fits && (num_items > 0 || parse_int(user, number));
}

/// Whether a line can be adjacency text whose user has a name that is no number.
bool begins_with_name(std::string_view line) {
  float number = 0;
  std::string_view rest = line;
  return !parse_float(take_word(rest), number) && fits_adjacency(line);
}

/// Whether a line of four words ends in a rating and a time in seconds. As two items they
/// would be a small and a huge number on every line.
bool ends_in_rating_and_time(std::string_view line) {
  constexpr int64_t kHighestRating = 1000;
  constexpr int64_t kEarliestTime = 100'000'000;  // in 1973
  std::array<int64_t, 4> number{};
  for (size_t i = 0; i < number.size(); ++i) {
    const std::string_view word = take_word(line);
    if (!parse_int(word, number[i]) && (i > 1 || word.empty())) return false;
  }
  return number[2] <= kHighestRating && number[3] >= kEarliestTime;
}

/// Keeps track of whether the lines so far could be adjacency text, pairs, or both.
class UsersAndItems {
 public:
  /// Starts with the first line.
  ///   separator  of the fields of pairs      fields  their number in the first line
  UsersAndItems(std::string_view first, std::string_view separator, int64_t fields)
      : separator_(separator), fields_(fields) {
    add(first, fields);
  }

  void add(std::string_view line, int64_t fields) {
    pairs_ = pairs_ && fields > 0 && fields == fields_;
    adjacency_ = adjacency_ && fits_adjacency(line);
    times_ = times_ && ends_in_rating_and_time(line);
  }
  std::string_view separator() const { return separator_; }
  bool may_be_both() const { return pairs_ && adjacency_ && !times_; }
  bool may_be_adjacency() const { return adjacency_; }
  bool may_be_long_pairs() const { return pairs_ && fields_ > 2; }
  bool may_be_neither() const { return !pairs_ && !adjacency_; }

  DataFormat decide(const LineReader& reader) const {
    if (may_be_both()) throw_ambiguous(reader, "adjacency", "pairs");
    return pairs_ ? DataFormat::kPairs : DataFormat::kAdjacency;
  }

 private:
  std::string_view separator_;
  int64_t fields_;
  bool pairs_ = true;
  bool adjacency_ = true;
  bool times_ = true;
};

/// Decides a file whose first line is three integers: an XMC header, a user and two items, or a
/// user, an item and a rating.
DataFormat tell_header(LineReader& reader, UsersAndItems lines, int64_t header_rows) {
  const std::string_view separator = lines.separator();
  int64_t rows = 0;           // lines up to the last one with content
  int64_t trailing_rows = 0;  // empty lines after that one
  bool may_be_xmc = true;
  for (int64_t i = 1; may_be_xmc || (lines.may_be_both() && i < kSampledLines); ++i) {
    const auto line = reader.next();
    if (!line) break;
    const LineKind kind = kind_of(*line, separator);
    if (may_be_xmc && (line->find(':') != std::string_view::npos || kind.has_list)) {
      return DataFormat::kXmc;
    }
    ++trailing_rows;
    if (kind.empty()) continue;
    lines.add(*line, kind.fields);
    if (lines.may_be_neither()) throw_unknown(reader, *line);
    rows += std::exchange(trailing_rows, 0);
    may_be_xmc = may_be_xmc && !kind.has_other && rows <= header_rows;
  }
  if (may_be_xmc && rows + trailing_rows >= header_rows) {
    throw_ambiguous(reader, "xmc", "adjacency");
  }
  return lines.decide(reader);
}

// Decides a file whose first line is integers, but not three of them, or a list of integers.
DataFormat tell_integers(LineReader& reader, UsersAndItems lines, const LineKind& first) {
  for (int64_t i = 1; i < kSampledLines; ++i) {
    const auto line = reader.next();
    if (!line) break;
    const LineKind kind = kind_of(*line, lines.separator());
    if (kind.has_pair && first.words == 1) return DataFormat::kLibsvm;
    if (kind.has_pair && first.words == 2 && !first.has_list) {
      throw FileError(reader.path() +
                      ": expected features and labels in one file, found one half "
                      "of the two-file variant (rows columns, then column:value)");
    }
    if (kind.empty()) continue;
    lines.add(*line, kind.fields);
    if (lines.may_be_neither()) throw_unknown(reader, *line);
  }
  return lines.decide(reader);
}

// Decides a file whose first line could be of users and items and holds a word that is no integer.
// Two words a line are too little to tell pairs by.
//   returns nullopt if a later line cannot be of users and items but the file may be text
std::optional<DataFormat> tell_names(LineReader& reader, UsersAndItems lines, bool may_be_text) {
  for (int64_t i = 1; i < kSampledLines; ++i) {
    const auto line = reader.next();
    if (!line) break;
    if (without_trailing_blanks(*line).empty()) continue;
    lines.add(*line, count_pair_fields(*line, lines.separator()));
    if (lines.may_be_adjacency() || lines.may_be_long_pairs()) continue;
    if (may_be_text) return std::nullopt;
    throw_unknown(reader, *line);
  }
  return lines.decide(reader);
}

bool has_magic(std::string_view line) {
  return line.starts_with(kZipMagic) || line.starts_with(kNpyMagic);
}

/// Whether a line has one tab with text behind it: two or more words, most of them no numbers.
bool has_tabbed_text(std::string_view line) {
  const size_t tab = line.find('\t');
  if (tab == std::string_view::npos || line.find('\t', tab + 1) != std::string_view::npos) {
    return false;
  }
  const LineKind kind = kind_of(line.substr(tab + 1));
  return kind.words > 1 && 2 * kind.others > kind.words;
}

/// Decides a file whose first line could be labels and a document, or a user and an item whose name
/// holds blanks. A line with more words than a name has is a document.
DataFormat tell_text(LineReader& reader, std::string_view first) {
  constexpr int64_t kLongestName = 12;
  const auto is_long = [](std::string_view line) {
    const size_t tab = line.find('\t');
    return tab != std::string_view::npos && kind_of(line.substr(tab + 1)).words > kLongestName;
  };
  if (is_long(first)) return DataFormat::kText;
  for (int64_t i = 1; i < kSampledLines; ++i) {
    const auto line = reader.next();
    if (!line) break;
    if (is_long(*line)) return DataFormat::kText;
  }
  throw_ambiguous(reader, "text", "pairs");
}

/// Moves `line` on to the first line with content, if there is one.
void skip_blank(LineReader& reader, std::optional<std::string_view>& line) {
  while (line && without_trailing_blanks(*line).empty())
    line = reader.next();
}

DataFormat detect(LineReader& reader, const PairColumns& columns) {
  auto line = reader.next();
  if (line && has_magic(*line)) return DataFormat::kNpz;
  skip_blank(reader, line);
  if (!line) throw FileError(reader.path() + ": expected data, found an empty file");
  if (is_json_document(*line)) return DataFormat::kText;
  refuse_other_json(reader.path(), reader.line(), *line);
  if (columns.has_header) return DataFormat::kPairs;
  const LineKind first = kind_of(*line, columns.separator);
  if (first.has_other) {
    const std::string text(*line);
    const bool may_be_text = has_tabbed_text(text);
    if (first.fields > 2 || begins_with_name(text)) {
      const UsersAndItems lines(text, columns.separator, first.fields);
      if (const auto found = tell_names(reader, lines, may_be_text)) return *found;
    }
    if (may_be_text) return tell_text(reader, text);
    throw_unknown(reader, text);
  }
  if (first.has_pair) return DataFormat::kLibsvm;
  const UsersAndItems lines(*line, columns.separator, first.fields);
  if (first.only_integers() && first.words == 3) {
    int64_t header_rows = 0;
    parse_int(take_word(*line), header_rows);
    return tell_header(reader, lines, header_rows);
  }
  if (!first.only_integers() && first.words > 1 && first.fields == 0) throw_unknown(reader, *line);
  return tell_integers(reader, lines, first);
}

}  // namespace

std::span<const DataFormatEntry> data_formats() {
  return kFormats;
}

std::string_view format_name(DataFormat format) {
  return kFormats[static_cast<size_t>(format)].name;
}

bool is_interactions(DataFormat format) {
  return format == DataFormat::kAdjacency || format == DataFormat::kPairs;
}

bool is_interactions(std::string_view name) {
  return name == format_name(DataFormat::kAdjacency) || name == format_name(DataFormat::kPairs);
}

bool is_binary(LineReader& reader) {
  reader.mark();
  const auto line = reader.next();
  const bool result = line && has_magic(*line);
  reader.rewind();
  return result;
}

DataFormat detect_format(LineReader& reader) {
  const std::vector<std::string> lines = sample_lines(reader, kSampledLines / 10);
  const PairColumns columns = lines.empty() ? PairColumns{} : pair_columns(lines);
  reader.mark();
  const DataFormat format = detect(reader, columns);
  reader.rewind();
  return format;
}

TextData read_text_data(LineReader& reader, DataFormat format, const LibsvmOptions& options,
                        const RowSink& sink) {
  if (format == DataFormat::kXmc) return read_xmc(reader, sink);
  if (format == DataFormat::kLibsvm) return read_libsvm(reader, options, sink);
  if (format == DataFormat::kNpz) {
    throw FileError(reader.path() +
                    ": expected text, found NumPy's binary format; give X.npz,Y.npz");
  }
  throw FileError(fmt::format("{}: looks like {} text ({}); here xmc, libsvm and npz are read",
                              reader.path(), format_name(format),
                              kFormats[static_cast<size_t>(format)].help));
}

}  // namespace spout
