#include "spout/sparse/files/text/date.h"

#include <string>

#include "spout/tests/testing.h"

namespace spout {
namespace {

double seconds(std::string_view text) {
  double result = 0.0;
  REQUIRE(parse_date(text, result));
  return result;
}

bool is_date(std::string_view text) {
  double ignored = 0.0;
  return parse_date(text, ignored);
}

constexpr double kJan31 = 1548892800.0;  // 2019-01-31T00:00:00Z, by date -u -d

TEST_CASE("date: the usual forms of a day are one and the same") {
  for (const char* text :
       {"2019-01-31", "2019/01/31", "2019/1/31", "31 Jan 2019", "31 January 2019", "31-Jan-2019",
        "Jan 31, 2019", "Jan. 31, 2019", "January 31 2019", "01 31, 2019", "1 31, 2019"}) {
    INFO(text);
    CHECK(seconds(text) == kJan31);
  }
}

TEST_CASE("date: times, fractions and zones count") {
  CHECK(seconds("2019-01-31T10:30:05Z") == kJan31 + 37805);
  CHECK(seconds("2019-01-31 10:30") == kJan31 + 37800);
  CHECK(seconds("2019-01-31T10:30:05.25") == kJan31 + 37805.25);
  CHECK(seconds("2019-01-31T10:30:05+02:00") == kJan31 + 37805 - 7200);
  CHECK(seconds("2019-01-31 10:30:05 -0530") == kJan31 + 37805 + 19800);
  CHECK(seconds("2019-01-31 10:30:05 UTC") == kJan31 + 37805);
  CHECK(seconds("1969-12-31T23:59:59Z") == -1.0);
  CHECK(seconds("Sep 9, 2001 01:46:40") == 1e9);
  CHECK(seconds("2000-02-29") == 951782400.0);
}

TEST_CASE("date: what could be two days, or none, is refused") {
  for (const char* text : {"01/02/2019", "31/01/2019", "01/31/2019", "2019-13-01", "2019-02-29",
                           "2019-01", "2019", "", "yesterday", "2019-01-31T25:00", "19-01-31",
                           "2019-01-31x", "2019-01/31", "Jan 2019", "2019-01-31T10"}) {
    INFO(text);
    CHECK_FALSE(is_date(text));
  }
}

}  // namespace
}  // namespace spout
