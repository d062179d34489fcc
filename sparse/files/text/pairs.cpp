#include "spout/sparse/files/text/pairs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <cmath>
#include <limits>

#include "spout/sparse/base/characters.h"
#include "spout/sparse/base/error.h"
#include "spout/sparse/base/numbers.h"
#include "spout/sparse/files/text/date.h"
#include "spout/sparse/files/text/fields.h"
#include "spout/sparse/files/text/pair_columns.h"

namespace spout {
namespace {

bool parse_double(std::string_view text, double& value) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc() && result.ptr == text.data() + text.size() &&
         std::isfinite(value);
}

/// Parses a number that is finite as f32 too.
///   comma  whether it may have a decimal comma
bool parse_rating(std::string_view text, bool comma, double& value) {
  std::string with_point;
  if (comma && text.find(',') != std::string_view::npos) {
    with_point = text;
    with_point[text.find(',')] = '.';
    text = with_point;
  }
  return parse_double(text, value) && std::abs(value) <= std::numeric_limits<float>::max();
}

class PairReader {
 public:
  PairReader(LineReader& reader, const InteractionOptions& options, PairColumns columns)
      : reader_(reader),
        builder_(options, reader.path()),
        numbered_(options.items != nullptr && options.items->empty()),
        columns_(std::move(columns)),
        splitter_(columns_.separator) {}

  Interactions read() {
    std::string header;
    bool begun = !columns_.has_header;
    while (const auto line = reader_.next()) {
      if (without_trailing_blanks(*line).empty()) continue;
      if (!begun) {
        header = *line;
        begun = true;
      } else if (columns_.has_header && is_header(*line, header)) {
        ++notes_.repeated_headers;
      } else {
        take(*line);
      }
    }
    Interactions result = builder_.finish();
    notes_.columns = columns_.text();
    notes_.has_header = columns_.has_header;
    notes_.has_ratings = columns_.rating.has_value();
    notes_.has_times = columns_.time.has_value();
    notes_.has_dates = has_dates_ == true;
    notes_.trimmed_fields = splitter_.trimmed();
    result.notes = std::move(notes_);
    return result;
  }

 private:
  static bool is_header(std::string_view line, std::string_view header) {
    if (line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
    return line == header;
  }

  void take(std::string_view line) {
    split(line);
    const std::string_view user = field(columns_.user);
    const std::string_view name = field(columns_.item);
    if (user.empty() || name.empty()) refuse("a user and an item", line);
    double rating = std::numeric_limits<double>::quiet_NaN();
    if (columns_.rating &&
        !parse_rating(field(*columns_.rating), columns_.separator == ";", rating)) {
      refuse("a rating", field(*columns_.rating));
    }
    const double time = columns_.time ? time_of(field(*columns_.time)) : builder_.next_time();
    const int64_t row = builder_.user(user, reader_.line());
    builder_.add(row, item(name), rating, time);
  }

  /// A field of the line; those that are missing at its end are empty.
  std::string_view field(size_t position) const {
    const auto fields = splitter_.fields();
    return position < fields.size() ? fields[position] : std::string_view();
  }

  void split(std::string_view line) {
    const QuoteMistake mistake = splitter_.split(line);
    if (mistake == QuoteMistake::kNotClosed) refuse("a closing quote", line);
    if (mistake == QuoteMistake::kTextBehind) {
      refuse("a separator behind a closing quote (two quotes stand for one)", line);
    }
    const size_t full = splitter_.fields().size();
    // Empty fields at the end count as fields as far as one is needed.
    const size_t found = std::max(full, std::min(splitter_.total(), columns_.needed()));
    if (found < columns_.needed() || found > columns_.num_fields) {
      const bool is_csv = columns_.separator == "," || columns_.separator == ";";
      throw bad_line(reader_.path(), reader_.line(),
                     fmt::format("{} fields, as {} has, found {}{}", columns_.num_fields,
                                 columns_.has_header ? "the header" : "the first line", found,
                                 found > columns_.num_fields && is_csv
                                     ? fmt::format(" (a name with '{}' in it stands in quotes)",
                                                   columns_.separator)
                                     : ""));
    }
    notes_.short_lines += splitter_.total() < columns_.num_fields ? 1 : 0;
  }

  /// Reads a time: a number, or a date. The first line decides which.
  double time_of(std::string_view text) {
    double time = 0.0;
    const bool is_number = parse_double(text, time);
    const bool is_date = !is_number && parse_date(text, time);
    if (!has_dates_) has_dates_ = is_date;
    if (!is_number && !is_date) {
      const bool is_open = text.find('/') != std::string_view::npos;
      refuse(is_open ? "a time that tells day and month apart, such as 2026-11-25"
                     : "a time (a number, or a date such as 2026-11-25 or 2026-11-25T10:30:00)",
             text);
    }
    if (*has_dates_ != is_date) {
      refuse(*has_dates_ ? "a date, as in the lines above" : "a number, as in the lines above",
             text);
    }
    return time;
  }

  int64_t item(std::string_view name) {
    if (!numbered_) return builder_.item(name, reader_.line());
    int64_t number = 0;
    if (!parse_int(name, number) || number < 0 || number >= kMaxDimension) {
      refuse("an item's number, as the model knows no names", name);
    }
    return number;
  }

  [[noreturn]] void refuse(const std::string& expected, std::string_view found) const {
    throw bad_line(reader_.path(), reader_.line(), expected + ", found " + in_quotes(found));
  }

  LineReader& reader_;
  InteractionBuilder builder_;
  bool numbered_;
  PairColumns columns_;
  FieldSplitter splitter_;
  std::optional<bool> has_dates_;
  InteractionNotes notes_;
};

}  // namespace

Interactions read_pairs(LineReader& reader, const InteractionOptions& options) {
  const std::vector<std::string> lines = sample_lines(reader, 100);
  if (lines.empty()) throw FileError(reader.path() + ": expected users and items, found no lines");
  PairColumns columns = pair_columns(lines, options.columns);
  if (!columns.mistake.empty()) {
    while (without_trailing_blanks(*reader.next()).empty()) {
    }
    throw UnknownColumns(bad_line(reader.path(), reader.line(), columns.mistake).what());
  }
  if (options.needs_ratings && !columns.rating) {
    throw NoRatings(fmt::format("{}: has no column of ratings, only {}", reader.path(),
                                fmt::join(columns.names, ", ")));
  }
  return PairReader(reader, options, std::move(columns)).read();
}

}  // namespace spout
