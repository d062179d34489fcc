#include "spout/sparse/files/text/pair_columns.h"

#include "spout/sparse/files/text/fields.h"
#include "spout/tests/testing.h"

namespace spout {
namespace {

using Lines = std::vector<std::string>;

PairColumns columns(const Lines& lines, const AskedColumns& asked = {}) {
  return pair_columns(lines, asked);
}

Lines fields(std::string_view line, std::string_view separator) {
  FieldSplitter splitter(separator);
  REQUIRE(splitter.split(line) == QuoteMistake::kNone);
  return {splitter.fields().begin(), splitter.fields().end()};
}

TEST_CASE("fields: quotes are those of CSV, and characters elsewhere") {
  CHECK(fields(R"(u1,"a, ""b""",5)", ",") == Lines{"u1", "a, \"b\"", "5"});
  CHECK(fields("u1\t\"Weird Al\" Yankovic\t12", "\t") ==
        Lines{"u1", "\"Weird Al\" Yankovic", "12"});
  CHECK(fields(R"(a"b;"c;d")", ";") == Lines{"a\"b", "c;d"});
  CHECK(FieldSplitter(",").split(R"(u1,"open)") == QuoteMistake::kNotClosed);
  CHECK(FieldSplitter(",").split(R"(u1,"a"b)") == QuoteMistake::kTextBehind);
}

TEST_CASE("fields: blanks around fields and empty fields at the end go, and are counted") {
  FieldSplitter splitter(",");
  REQUIRE(splitter.split("ann , \" x \" ,5,,") == QuoteMistake::kNone);
  CHECK(Lines(splitter.fields().begin(), splitter.fields().end()) == Lines{"ann", " x ", "5"});
  CHECK(splitter.total() == 5);
  CHECK(splitter.trimmed() == 1);
}

TEST_CASE("columns: a header names them in any order, by whole names or by words") {
  const PairColumns found = columns({"timestamp,movieId,userId,rating"});
  CHECK(found.has_header);
  CHECK(found.user == 2);
  CHECK(found.item == 1);
  CHECK(found.rating == 3U);
  CHECK(found.time == 0U);
  CHECK(columns({"customer_id\treview_id\tproduct_id\tstar_rating\treview_date"}).text() ==
        "user=customer_id, item=product_id, rating=star_rating, time=review_date");
  CHECK(columns({"user_id,anime_id,score"}).text() == "user=user_id, item=anime_id, rating=score");
  CHECK(columns({"user_id,beer_id"}).text() == "user=user_id, item=beer_id");
  CHECK(columns({"User-ID;ISBN;Book-Rating"}).text() ==
        "user=User-ID, item=ISBN, rating=Book-Rating");
  CHECK(columns({"user_id:token\titem_id:token\ttimestamp:float"}).time == 2U);
}

TEST_CASE("columns: without a header they are user, item, rating and time") {
  const PairColumns plain = columns({"7::3::4.5::978300760"});
  CHECK(!plain.has_header);
  CHECK(plain.separator == "::");
  CHECK(plain.time == 3U);
  CHECK(plain.text() == "user=1, item=2, rating=3, time=4");
  CHECK(!columns({"alone"}).mistake.empty());
  CHECK(!columns({"1 2 3 4 5"}).mistake.empty());
}

TEST_CASE("columns: a first line that looks like a header in another way is refused") {
  CHECK(columns({"foo,bar", "1,2", "3,4"}).mistake.find("found foo, bar") != std::string::npos);
  CHECK(!columns({"rating,movie", "5,x"}).mistake.empty());
  CHECK(columns({"ann,x", "bob,y"}).mistake.empty());
}

TEST_CASE("columns: the caller may name them by words or positions") {
  const Lines lines{"who,what,when,how", "a,b,1,2"};
  const PairColumns named = columns(lines, {"who", "what", "how", ""});
  CHECK(named.has_header);
  CHECK(named.text() == "user=who, item=what, rating=how");
  CHECK(columns({"a,b", "c,d"}, {"2", "1", "", ""}).user == 1);
  CHECK(!columns({"a,b", "c,d"}, {"2", "1", "", ""}).has_header);
  CHECK(columns(lines, {"who", "nothing", "", ""}).mistake.find("who, what, when, how") !=
        std::string::npos);
  CHECK(!columns(lines, {"who", "who", "", ""}).mistake.empty());
  CHECK(!columns(lines, {"who", "", "", ""}).mistake.empty());
}

TEST_CASE("columns: the separator is the one by which lines agree") {
  CHECK(columns({"u1;i1;4,5", "u2;i2;3,5"}).separator == ";");
  CHECK(columns({"ann\tMonsters, Inc.", "bob\tUp, up"}).separator == "\t");
  CHECK(columns({"ann,Alien 3"}).separator == ",");
  CHECK(columns({"u1,a;b,5", "u2,c,4"}).separator == ",");
  CHECK(columns({"a,b;c", "d,e;f"}).mistake.find("semicolons") != std::string::npos);
}

}  // namespace
}  // namespace spout
