#include "spout/sparse/files/text/date.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "spout/sparse/base/numbers.h"

namespace spout {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {
    "january", "february", "march",     "april",   "may",      "june",
    "july",    "august",   "september", "october", "november", "december"};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Takes a text apart from its front. A method that returns false leaves the text as it was.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool at_end() const { return text_.empty(); }

  bool take(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  /// Takes a number of `least` to `most` digits.
  bool take_number(size_t least, size_t most, int& number) {
    size_t length = 0;
    while (length < text_.size() && is_digit(text_[length]))
      ++length;
    if (length < least || length > most) return false;
    int64_t value = 0;
    parse_int(text_.substr(0, length), value);
    number = static_cast<int>(value);
    text_.remove_prefix(length);
    return true;
  }

  /// Takes a decimal point and digits: a fraction of a second.
  bool take_fraction(double& fraction) {
    if (text_.empty() || (text_.front() != '.' && text_.front() != ',')) return false;
    size_t length = 1;
    double unit = 0.1;
    for (fraction = 0.0; length < text_.size() && is_digit(text_[length]); ++length, unit /= 10)
      fraction += unit * (text_[length] - '0');
    if (length == 1) return false;
    text_.remove_prefix(length);
    return true;
  }

  /// Takes an English name of a month, of three letters at least.
  bool take_month(int& month) {
    std::string word;
    for (const char c : text_) {
      const auto lower = static_cast<char>(c | 0x20);
      if (lower < 'a' || lower > 'z') break;
      word += lower;
    }
    for (size_t i = 0; word.size() >= 3 && i < kMonths.size(); ++i) {
      if (!kMonths[i].starts_with(word)) continue;
      month = static_cast<int>(i) + 1;
      text_.remove_prefix(word.size());
      return true;
    }
    return false;
  }

 private:
  std::string_view text_;
};

/// The days from 1970-01-01 to a date; nullopt if the calendar has no such day.
std::optional<double> days_of(int year, int month, int day) {
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return static_cast<double>(std::chrono::sys_days(date).time_since_epoch().count());
}

/// Takes 2019-01-31 or 2019/01/31.
std::optional<double> take_year_first(Scanner& scan) {
  int year = 0;
  int month = 0;
  int day = 0;
  if (!scan.take_number(4, 4, year)) return std::nullopt;
  const char between = scan.take('/') ? '/' : '-';
  const bool whole = (between == '/' || scan.take('-')) && scan.take_number(1, 2, month) &&
                     scan.take(between) && scan.take_number(1, 2, day);
  return whole ? days_of(year, month, day) : std::nullopt;
}

/// Takes 31 Jan 2019, Jan 31, 2019 or 09 13, 2009.
std::optional<double> take_year_last(Scanner& scan) {
  int year = 0;
  int month = 0;
  int day = 0;
  bool by_name = scan.take_month(month);
  if (by_name) scan.take('.');
  if (by_name && !scan.take(' ')) return std::nullopt;
  if (!scan.take_number(1, 2, day)) return std::nullopt;
  if (by_name) {
    scan.take(',');
  } else if (scan.take(' ') || scan.take('-')) {
    by_name = scan.take_month(month);
    if (by_name && !scan.take('-')) scan.take(',');
    if (!by_name) {
      month = day;
      if (!scan.take_number(1, 2, day) || !scan.take(',')) return std::nullopt;
    }
  }
  scan.take(' ');
  return scan.take_number(4, 4, year) ? days_of(year, month, day) : std::nullopt;
}

/// Takes a zone: Z, UTC, GMT, +02:00, +0200 or +02. Returns its offset in seconds, 0 without one,
/// and nullopt if it is none.
std::optional<double> take_zone(Scanner& scan) {
  if (scan.at_end() || scan.take('Z')) return 0.0;
  Scanner rest = scan;
  for (const std::string_view name : {"UTC", "GMT"}) {
    bool fits = true;
    for (const char c : name)
      fits = fits && rest.take(c);
    if (fits) {
      scan = rest;
      return 0.0;
    }
    rest = scan;
  }
  const bool east = scan.take('+');
  if (!east && !scan.take('-')) return std::nullopt;
  int hours = 0;
  int minutes = 0;
  if (scan.take_number(4, 4, hours)) {
    minutes = hours % 100;
    hours /= 100;
  } else if (!scan.take_number(2, 2, hours) ||
             (scan.take(':') && !scan.take_number(2, 2, minutes))) {
    return std::nullopt;
  }
  const double offset = 3600.0 * hours + 60.0 * minutes;
  return east ? offset : -offset;
}

/// Takes what stands behind a date: nothing, or a time and perhaps a zone.
std::optional<double> take_time(Scanner& scan) {
  if (scan.at_end()) return 0.0;
  if (!scan.take('T') && !scan.take(' ')) return std::nullopt;
  int hour = 0;
  int minute = 0;
  int second = 0;
  double fraction = 0.0;
  if (!scan.take_number(1, 2, hour) || !scan.take(':') || !scan.take_number(2, 2, minute)) {
    return std::nullopt;
  }
  if (scan.take(':')) {
    if (!scan.take_number(2, 2, second)) return std::nullopt;
    scan.take_fraction(fraction);
  }
  if (hour > 23 || minute > 59 || second > 60) return std::nullopt;
  scan.take(' ');
  const auto offset = take_zone(scan);
  if (!offset) return std::nullopt;
  return 3600.0 * hour + 60.0 * minute + second + fraction - *offset;
}

}  // namespace

bool parse_date(std::string_view text, double& seconds) {
  constexpr double kSecondsPerDay = 86400.0;
  Scanner scan(text);
  Scanner other = scan;
  auto days = take_year_first(scan);
  if (!days) {
    scan = other;
    days = take_year_last(scan);
  }
  if (!days) return false;
  const auto time = take_time(scan);
  if (!time || !scan.at_end()) return false;
  seconds = *days * kSecondsPerDay + *time;
  return true;
}

}  // namespace spout
