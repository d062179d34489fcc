#include "spout/sparse/files/text/pair_columns.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "spout/sparse/base/characters.h"
#include "spout/sparse/files/text/fields.h"

namespace spout {
namespace {

constexpr std::array<std::string_view, 5> kSeparators = {"\t", "::", ",", ";", " "};

// The names of columns in published data, in lower case, letters and digits only.
constexpr std::array<std::string_view, 11> kUserNames = {
    "user",      "userid",    "uid",      "username", "reviewerid", "customerid",
    "visitorid", "sessionid", "memberid", "customer", "u"};
constexpr std::array<std::string_view, 27> kItemNames = {
    "item",    "itemid",    "iid",     "movieid", "movie",      "asin",    "parentasin",
    "product", "productid", "bookid",  "isbn",    "songid",     "trackid", "artistid",
    "artist",  "articleid", "placeid", "venueid", "locationid", "poiid",   "businessid",
    "gameid",  "recipeid",  "videoid", "animeid", "tag",        "i"};
constexpr std::array<std::string_view, 13> kRatingNames = {
    "rating", "ratings", "starrating", "stars", "score",   "overall", "value",
    "weight", "count",   "playcount",  "plays", "listens", "rate"};
constexpr std::array<std::string_view, 10> kTimeNames = {
    "time",           "timestamp",  "date",       "datetime",  "ts",
    "unixreviewtime", "reviewdate", "reviewtime", "createdat", "unixtime"};

// Words that tell a column's kind if they are a part of its name, such as review_date.
constexpr std::array<std::string_view, 6> kUserWords = {"user",     "users",  "reviewer",
                                                        "customer", "member", "visitor"};
constexpr std::array<std::string_view, 18> kItemWords = {
    "item",  "items", "movie",    "product", "book",   "song",  "track", "artist", "article",
    "venue", "place", "business", "game",    "recipe", "video", "anime", "isbn",   "asin"};
constexpr std::array<std::string_view, 7> kRatingWords = {"rating", "ratings", "stars",    "star",
                                                          "score",  "plays",   "playcount"};
constexpr std::array<std::string_view, 5> kTimeWords = {"time", "timestamp", "date", "datetime",
                                                        "at"};

/// The words of a column's name in lower case: "reviewerID" and "reviewer_id" have two.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words;
  bool begins = true;
  char before = 0;
  for (const char c : name) {
    const char lower = lower_case(c);
    const bool is_upper = lower != c;
    if ((lower < 'a' || lower > 'z') && (c < '0' || c > '9')) {
      begins = true;
      continue;
    }
    const bool was_lower = before >= 'a' && before <= 'z';
    if (begins || (is_upper && was_lower)) words.emplace_back();
    begins = false;
    before = c;
    words.back() += lower;
  }
  return words;
}

bool holds(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// A kind of column: the whole names and the single words that tell it.
struct ColumnKind {
  std::span<const std::string_view> names;
  std::span<const std::string_view> words;
};

constexpr ColumnKind kUser{kUserNames, kUserWords};
constexpr ColumnKind kItem{kItemNames, kItemWords};
constexpr ColumnKind kRating{kRatingNames, kRatingWords};
constexpr ColumnKind kTime{kTimeNames, kTimeWords};

/// The names of a header, taken apart.
struct Header {
  std::vector<std::vector<std::string>> words;
  std::vector<std::string> plain;  // the words of each name, joined

  explicit Header(std::span<const std::string> names) {
    for (const std::string& name : names) {
      words.push_back(words_of(name.substr(0, name.find(':'))));  // RecBole: "user_id:token"
      plain.push_back(fmt::format("{}", fmt::join(words.back(), "")));
    }
  }

  /// The column of a kind: by its whole name, else one with "id" that has the kind's word, else
  /// one that has the word.
  std::optional<size_t> find(const ColumnKind& kind) const {
    for (size_t i = 0; i < plain.size(); ++i) {
      if (holds(kind.names, plain[i])) return i;
    }
    for (const bool needs_id : {true, false}) {
      for (size_t i = 0; i < words.size(); ++i) {
        const auto has = [&](std::string_view word) { return holds(kind.words, word); };
        const bool fits = std::any_of(words[i].begin(), words[i].end(), has);
        if (fits && (!needs_id || words[i].back() == "id")) return i;
      }
    }
    return std::nullopt;
  }

  /// The one column besides `user` whose name ends in "id"; nullopt if there are none or several.
  std::optional<size_t> only_other_id(size_t user) const {
    std::optional<size_t> found;
    for (size_t i = 0; i < words.size(); ++i) {
      if (i == user || words[i].empty() || words[i].back() != "id") continue;
      if (found) return std::nullopt;
      found = i;
    }
    return found;
  }

  /// How many names are those of a kind; single letters do not count.
  int64_t num_known() const {
    return std::count_if(plain.begin(), plain.end(), [](const std::string& name) {
      return name.size() > 1 && (holds(kUserNames, name) || holds(kItemNames, name) ||
                                 holds(kRatingNames, name) || holds(kTimeNames, name));
    });
  }
};

bool is_number(std::string_view text) {
  float ignored = 0;
  return parse_float(text, ignored);
}

std::vector<std::string> fields_of(std::string_view line, std::string_view separator) {
  FieldSplitter splitter(separator);
  if (splitter.split(line) != QuoteMistake::kNone) return {};
  return {splitter.fields().begin(), splitter.fields().end()};
}

/// Sets user and item by the words of the header; returns whether it names both.
bool read_header(const Header& header, PairColumns& columns) {
  const auto user = header.find(kUser);
  if (!user) return false;
  auto item = header.find(kItem);
  if (!item || *item == *user) item = header.only_other_id(*user);
  if (!item || *item == *user) return false;
  columns.has_header = true;
  columns.user = *user;
  columns.item = *item;
  const auto other = [&](std::optional<size_t> found) {
    return found == user || found == item ? std::nullopt : found;
  };
  columns.rating = other(header.find(kRating));
  columns.time = other(header.find(kTime));
  return true;
}

/// Whether a field of the first line is no number while that of all other lines is one.
bool is_unlike_the_rest(const std::vector<std::string>& first, std::span<const std::string> rest,
                        std::string_view separator) {
  std::vector<bool> numeric(first.size(), !rest.empty());
  for (const std::string& line : rest) {
    const auto fields = fields_of(line, separator);
    for (size_t i = 0; i < numeric.size(); ++i)
      numeric[i] = numeric[i] && i < fields.size() && is_number(fields[i]);
  }
  for (size_t i = 0; i < first.size(); ++i) {
    if (numeric[i] && !is_number(first[i])) return true;
  }
  return false;
}

/// The share of the lines that have as many fields as the first.
double agreement(std::span<const std::string> lines, std::string_view separator, size_t fields) {
  const auto agrees = [&](const std::string& line) {
    return fields_of(line, separator).size() == fields;
  };
  return static_cast<double>(std::count_if(lines.begin(), lines.end(), agrees)) /
         static_cast<double>(lines.size());
}

/// Whether most of the lines hold the text.
bool is_in_most(std::span<const std::string> lines, std::string_view text) {
  const auto holds_it = [&](const std::string& line) {
    return line.find(text) != std::string::npos;
  };
  return 2 * std::count_if(lines.begin(), lines.end(), holds_it) > std::ssize(lines);
}

/// Finds the separator: that of a header with known words; else tabs or "::", which names and dates
/// hardly hold, if most lines have them; else commas or semicolons, whichever gives most lines as
/// many fields as the first, and of equal ones more fields; else blanks.
///   mistake  set if commas and semicolons fit alike
std::string_view find_separator(std::span<const std::string> lines, std::string& mistake) {
  std::string_view best;
  double best_share = 0.0;
  size_t best_fields = 0;
  for (const std::string_view separator : kSeparators) {
    if (separator == " " && !best.empty()) break;
    const auto fields = fields_of(lines.front(), separator);
    if (fields.size() < 2) continue;
    PairColumns ignored;
    if (read_header(Header(fields), ignored)) {
      mistake.clear();
      return separator;
    }
    const bool is_plain = separator == "\t" || separator == "::";
    if (is_plain && is_in_most(lines, separator)) return separator;
    const double share = agreement(lines, separator, fields.size());
    const bool rivals = separator == ";" && best == "," && share == best_share;
    if (rivals && fields.size() == best_fields) {
      mistake = "fields between commas or between semicolons, found both in every line";
    }
    if (share > best_share || (rivals && fields.size() > best_fields)) {
      best = separator;
      best_share = share;
      best_fields = fields.size();
    }
  }
  return best;
}

bool is_position(const std::string& asked) {
  return !asked.empty() && asked.find_first_not_of("0123456789") == std::string::npos;
}

/// The name that is `asked`, with or without RecBole's type behind it ("user_id:token").
std::vector<std::string>::const_iterator find_word(const std::vector<std::string>& names,
                                                   const std::string& asked) {
  return std::find_if(names.begin(), names.end(), [&](const std::string& name) {
    return name == asked || name.substr(0, name.find(':')) == asked;
  });
}

/// The position that `asked` names; nullopt, with a mistake, if there is none. A number is a
/// position, unless the header has it as a word.
std::optional<size_t> position_of(const std::string& asked, PairColumns& columns) {
  const auto found = find_word(columns.names, asked);
  const bool may_be_word = columns.has_header || !is_position(asked);
  if (may_be_word && found != columns.names.end()) {
    return static_cast<size_t>(found - columns.names.begin());
  }
  int64_t position = 0;
  if (is_position(asked) && parse_int(asked, position) && position >= 1 &&
      position <= static_cast<int64_t>(columns.num_fields)) {
    return static_cast<size_t>(position - 1);
  }
  columns.mistake =
      fmt::format("a column {}, found {}", in_quotes(asked), fmt::join(columns.names, ", "));
  return std::nullopt;
}

/// Puts the asked columns in place of those found by words. If one is asked for by a word of the
/// first line, that line is a header.
void take_asked(const AskedColumns& asked, PairColumns& columns) {
  const bool found_by_words = columns.has_header;
  for (const std::string* name : {&asked.user, &asked.item, &asked.rating, &asked.time}) {
    const bool is_word = find_word(columns.names, *name) != columns.names.end();
    if (!name->empty() && !is_position(*name) && is_word) columns.names_words = true;
  }
  columns.has_header = columns.has_header || columns.names_words;
  if (!found_by_words && (asked.user.empty() || asked.item.empty())) {
    columns.mistake = "columns for both user and item, found " +
                      fmt::format("{}", fmt::join(columns.names, ", "));
    return;
  }
  if (!found_by_words) columns.rating = columns.time = std::nullopt;
  if (!asked.user.empty()) columns.user = position_of(asked.user, columns).value_or(columns.user);
  if (!asked.item.empty()) columns.item = position_of(asked.item, columns).value_or(columns.item);
  if (!asked.rating.empty()) columns.rating = position_of(asked.rating, columns);
  if (!asked.time.empty()) columns.time = position_of(asked.time, columns);
  if (columns.rating == columns.user || columns.rating == columns.item) columns.rating.reset();
  if (columns.time == columns.user || columns.time == columns.item) columns.time.reset();
  if (columns.user == columns.item && columns.mistake.empty()) {
    columns.mistake = "two columns for user and item, found one for both";
  }
}

}  // namespace

size_t PairColumns::needed() const {
  return std::max({user, item, rating.value_or(0), time.value_or(0)}) + 1;
}

std::string PairColumns::text() const {
  std::string text = fmt::format("user={}, item={}", names[user], names[item]);
  if (rating) text += ", rating=" + names[*rating];
  if (time) text += ", time=" + names[*time];
  return text;
}

PairColumns pair_columns(std::span<const std::string> lines, const AskedColumns& asked) {
  PairColumns columns;
  columns.separator = find_separator(lines, columns.mistake);
  if (!columns.mistake.empty()) return columns;
  const std::string wanted = "a header that names user and item, or user, item, rating and time";
  if (columns.separator.empty()) {
    const bool is_csv = lines.front().find_first_of(",;") != std::string::npos;
    const bool is_cut = is_csv && FieldSplitter(",").split(lines.front()) != QuoteMistake::kNone;
    columns.mistake =
        (is_cut ? "quotes around whole fields" : wanted) + ", found " + in_quotes(lines.front());
    return columns;
  }
  const auto first = fields_of(lines.front(), columns.separator);
  const Header header(first);
  columns.num_fields = first.size();
  columns.names = first;
  const bool is_unlike = is_unlike_the_rest(first, lines.subspan(1), columns.separator);
  read_header(header, columns);
  if (!columns.has_header && first.size() > 2) columns.rating = 2;
  if (!columns.has_header && first.size() > 3) columns.time = 3;
  if (!asked.empty()) {
    take_asked(asked, columns);
    columns.has_header = columns.has_header || is_unlike;
  } else if (!columns.has_header && (is_unlike || header.num_known() > 0)) {
    columns.mistake =
        fmt::format("a header that names a column for users and one for items, found {}",
                    fmt::join(first, ", "));
  } else if (!columns.has_header && first.size() > 4) {
    columns.mistake = wanted + ", found " + in_quotes(lines.front());
  }
  if (!columns.has_header) {
    for (size_t i = 0; i < columns.names.size(); ++i)
      columns.names[i] = std::to_string(i + 1);
  }
  return columns;
}

}  // namespace spout
