#include "spout/sparse/files/text/pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "spout/sparse/base/error.h"
#include "spout/sparse/base/numbers.h"

namespace spout {
namespace {

constexpr std::array<std::string_view, 5> kSeparators = {"\t", "::", ",", ";", " "};

// The names of columns in published data, in lower case, letters and digits only.
constexpr std::array kUserNames = {"user",       "userid",     "uid",       "u",
                                   "reviewerid", "customerid", "visitorid", "sessionid"};
constexpr std::array kItemNames = {"item",    "itemid",   "iid",        "i",         "movieid",
                                   "movie",   "asin",     "parentasin", "productid", "product",
                                   "bookid",  "songid",   "trackid",    "artistid",  "articleid",
                                   "placeid", "venueid",  "locationid", "poiid",     "businessid",
                                   "gameid",  "recipeid", "videoid"};
constexpr std::array kRatingNames = {"rating", "score", "stars",     "value",
                                     "weight", "count", "playcount", "overall"};
constexpr std::array kTimeNames = {"time", "timestamp", "date", "datetime", "ts", "unixreviewtime"};

std::string plain_name(std::string_view field) {
  std::string name;
  for (const char c : field) {
    if (c >= 'A' && c <= 'Z') name += static_cast<char>(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) name += c;
  }
  return name;
}

template <class Names>
std::optional<size_t> find_column(const std::vector<std::string>& header, const Names& names) {
  for (size_t i = 0; i < header.size(); ++i) {
    if (std::find(names.begin(), names.end(), header[i]) != names.end()) return i;
  }
  return std::nullopt;
}

std::string_view separator_of(std::string_view line) {
  for (const std::string_view separator : kSeparators) {
    if (line.find(separator) != std::string_view::npos) return separator;
  }
  return {};
}

bool parse_double(std::string_view text, double& value) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc() && result.ptr == text.data() + text.size() &&
         std::isfinite(value);
}

/// Parses a number that is finite as f32 too.
bool parse_rating(std::string_view text, double& value) {
  return parse_double(text, value) && std::abs(value) <= std::numeric_limits<float>::max();
}

/// Parses a time: a number, or an ISO 8601 date, whose digits YYYYMMDDhhmmss are read as a number.
bool parse_time(std::string_view text, double& value) {
  if (parse_double(text, value)) return true;
  if (text.size() < 10 || text[4] != '-' || text[7] != '-') return false;
  std::string digits;
  for (const char c : text) {
    if (c >= '0' && c <= '9' && digits.size() < 14) digits += c;
  }
  digits.resize(14, '0');
  return parse_double(digits, value);
}

/// Reads one quoted field from its opening quote and moves `at` behind the closing one. Returns
/// false if that is missing.
bool take_quoted(std::string_view line, size_t& at, std::string& field) {
  for (++at; at < line.size(); ++at) {
    if (line[at] != '"') {
      field += line[at];
    } else if (at + 1 < line.size() && line[at + 1] == '"') {
      field += line[++at];
    } else {
      ++at;
      return true;
    }
  }
  return false;
}

class PairReader {
 public:
  PairReader(LineReader& reader, const InteractionOptions& options)
      : reader_(reader),
        builder_(options),
        numbered_(options.items != nullptr && options.items->empty()) {}

  Interactions read() {
    while (const auto line = reader_.next()) {
      if (without_trailing_blanks(*line).empty()) continue;
      if (!begun_ && begin(*line)) continue;
      take(*line);
    }
    return builder_.finish();
  }

 private:
  /// Takes the columns from the first line; returns whether it is a header.
  bool begin(std::string_view line) {
    const auto columns = pair_columns(line);
    if (!columns) {
      refuse("a header that names user and item, or user, item, rating and time", line);
    }
    columns_ = *columns;
    begun_ = true;
    needed_ = std::max({columns_.user, columns_.item, columns_.rating.value_or(0),
                        columns_.time.value_or(0)}) +
              1;
    return columns_.has_header;
  }

  void take(std::string_view line) {
    unquoted_.clear();
    if (!split_fields(line, columns_.separator, fields_, unquoted_)) {
      refuse("a closing quote", line);
    }
    // Without a header, every line must have as many fields as the first.
    const bool too_many = !columns_.has_header && fields_.size() > needed_;
    if (fields_.size() < needed_ || too_many) {
      throw bad_line(reader_.path(), reader_.line(),
                     fmt::format("{} fields, found {}", needed_, fields_.size()));
    }
    double rating = std::numeric_limits<double>::quiet_NaN();
    if (columns_.rating && !parse_rating(fields_[*columns_.rating], rating)) {
      refuse("a rating", fields_[*columns_.rating]);
    }
    double time = 0.0;
    if (columns_.time && !parse_time(fields_[*columns_.time], time)) {
      refuse("a time (a number or a date 2026-11-25T10:30:00)", fields_[*columns_.time]);
    }
    if (!columns_.time) time = builder_.next_time();
    if (fields_[columns_.user].empty() || fields_[columns_.item].empty()) {
      refuse("a user and an item", line);
    }
    const int64_t user = builder_.user(fields_[columns_.user]);
    builder_.add(user, item(fields_[columns_.item]), rating, time);
  }

  int64_t item(std::string_view name) {
    if (!numbered_) return builder_.item(name);
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
  bool begun_ = false;
  PairColumns columns_;
  size_t needed_ = 2;
  std::vector<std::string_view> fields_;
  std::vector<std::string> unquoted_;
};

}  // namespace

bool split_fields(std::string_view line, std::string_view separator,
                  std::vector<std::string_view>& fields, std::vector<std::string>& unquoted) {
  fields.clear();
  if (separator == " ") {
    for (auto word = take_word(line); !word.empty(); word = take_word(line))
      fields.push_back(word);
    return true;
  }
  const auto quotes = static_cast<size_t>(std::count(line.begin(), line.end(), '"'));
  unquoted.reserve(quotes / 2 + 1);  // so that `fields` can refer to its texts
  for (size_t at = 0;;) {
    if (at < line.size() && line[at] == '"') {
      std::string& field = unquoted.emplace_back();
      if (!take_quoted(line, at, field)) return false;
      fields.emplace_back(field);
    } else {
      fields.push_back(line.substr(at, line.find(separator, at) - at));
      at += fields.back().size();
    }
    at = line.find(separator, at);
    if (at == std::string_view::npos) return true;
    at += separator.size();
  }
}

std::optional<PairColumns> pair_columns(std::string_view first_line) {
  PairColumns columns;
  columns.separator = separator_of(first_line);
  std::vector<std::string_view> fields;
  std::vector<std::string> unquoted;
  if (columns.separator.empty() || !split_fields(first_line, columns.separator, fields, unquoted) ||
      fields.size() < 2) {
    return std::nullopt;
  }
  std::vector<std::string> header;
  header.reserve(fields.size());
  for (const std::string_view field : fields)
    header.push_back(plain_name(field));
  const auto user = find_column(header, kUserNames);
  const auto item = find_column(header, kItemNames);
  if (user && item) {
    columns.has_header = true;
    columns.user = *user;
    columns.item = *item;
    columns.rating = find_column(header, kRatingNames);
    columns.time = find_column(header, kTimeNames);
    return columns;
  }
  if (fields.size() > 4) return std::nullopt;
  if (fields.size() > 2) columns.rating = 2;
  if (fields.size() > 3) columns.time = 3;
  return columns;
}

Interactions read_pairs(LineReader& reader, const InteractionOptions& options) {
  return PairReader(reader, options).read();
}

}  // namespace spout
