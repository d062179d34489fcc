#include "spout/sparse/interactions/interactions.h"

#include <cmath>
#include <limits>

#include "spout/app/run/label_weights.h"
#include "spout/sparse/base/error.h"
#include "spout/sparse/files/text/pairs.h"
#include "spout/sparse/interactions/split.h"
#include "spout/sparse/layout/entries.h"
#include "spout/tests/testing.h"

namespace spout {
namespace {

using testing::elements;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

std::vector<int64_t> columns(const Csr& matrix) {
  return elements<int64_t>(matrix.col);
}
std::vector<int64_t> starts(const Csr& matrix) {
  return elements<int64_t>(matrix.crow);
}

/// [3, 5]: entries (0,1) (0,3) (2,0) (2,1) (2,4) with values 1 to 5
Csr small() {
  return make_csr(3, 5, {0, 2, 2, 5}, {1, 3, 0, 1, 4}, {1, 2, 3, 4, 5});
}

TEST_CASE("entries: some are taken or left, rows stay") {
  const std::vector<bool> chosen{true, false, false, true, true};
  CHECK(columns(take_entries(small(), chosen)) == std::vector<int64_t>{1, 1, 4});
  CHECK(starts(take_entries(small(), chosen)) == std::vector<int64_t>{0, 1, 1, 3});
  const Csr others = take_entries(small(), chosen, /*taken=*/false);
  CHECK(columns(others) == std::vector<int64_t>{3, 0});
  CHECK(elements<float>(others.values) == std::vector<float>{2, 3});
}

TEST_CASE("entries: columns are cut, matrices united and taken from each other") {
  const Csr narrow = keep_columns(small(), 2);
  CHECK(narrow.cols == 2);
  CHECK(columns(narrow) == std::vector<int64_t>{1, 0, 1});
  const Csr other = make_csr(3, 7, {0, 1, 2, 3}, {3, 6, 4}, {9, 9, 9});
  const Csr both = unite(small(), other);
  CHECK(both.cols == 7);
  CHECK(columns(both) == std::vector<int64_t>{1, 3, 6, 0, 1, 4});
  CHECK(elements<float>(both.values) == std::vector<float>{1, 2, 9, 3, 4, 5});
  CHECK(columns(without(small(), other)) == std::vector<int64_t>{1, 0, 1});
  CHECK_ERROR(unite(small(), make_csr(1, 5, {0, 0}, {}, {})), "3 rows but 1");
}

TEST_CASE("entries: rows come in the order named, and -1 is an empty one") {
  const std::vector<int64_t> rows{2, -1, 0};
  const Csr matrix = rows_or_empty(small(), rows);
  CHECK(starts(matrix) == std::vector<int64_t>{0, 3, 3, 5});
  CHECK(columns(matrix) == std::vector<int64_t>{0, 1, 4, 1, 3});
}

TEST_CASE("interactions: the latest of repeated entries counts, low ratings do not") {
  InteractionOptions options;
  options.min_rating = 3.0;
  options.keeps_ratings = true;
  InteractionBuilder builder(options, "a.csv");
  const int64_t user = builder.user("u", 1);
  builder.add(user, 2, 4.0, 10.0);
  builder.add(user, 2, 5.0, 5.0);  // earlier
  builder.add(user, 0, 2.0, 11.0);
  builder.add(user, 1, kNone, 12.0);
  builder.add(user, 3, 5.0, 1.0);
  builder.add(user, 3, 2.0, 2.0);  // thought better of
  const Interactions read = builder.finish();
  CHECK(columns(read.matrix) == std::vector<int64_t>{1, 2});
  CHECK(elements<float>(read.matrix.values) == std::vector<float>{1, 4});
  CHECK(read.repeated == 2);
  CHECK(read.dropped == 2);
}

/// Users of 0 to 4 entries; the entry in column c has time 10 - c.
Interactions of_many() {
  InteractionBuilder builder({}, "a.txt");
  for (int64_t user = 0; user < 5; ++user) {
    const int64_t row = builder.user(std::string(1, static_cast<char>('a' + user)), user + 1);
    for (int64_t item = 0; item < user; ++item)
      builder.add(row, item, kNone, static_cast<double>(10 - item));
  }
  return builder.finish();
}

TEST_CASE("split: a share of each user's entries, at least one and never all") {
  const InteractionSplit split = split_random(of_many(), 0.5, 3);
  CHECK(starts(split.test.matrix) == std::vector<int64_t>{0, 0, 0, 1, 3, 5});
  CHECK(split.train.matrix.nnz() == 5);
  CHECK(without(split.test.matrix, split.train.matrix).nnz() == 5);
  CHECK(columns(split_random(of_many(), 0.5, 3).test.matrix) == columns(split.test.matrix));
}

TEST_CASE("split: leave-last takes the latest, of users with two entries and more") {
  const InteractionSplit split = split_leave_last(of_many());
  CHECK(columns(split.test.matrix) == std::vector<int64_t>{0, 0, 0});
  CHECK(starts(split.test.matrix) == std::vector<int64_t>{0, 0, 0, 1, 2, 3});
}

TEST_CASE("split: of equal times the later line of the file is the later entry") {
  InteractionBuilder builder({}, "a.csv");
  const int64_t user = builder.user("u", 1);
  for (const int64_t item : {3, 7, 1})
    builder.add(user, item, kNone, 5.0);
  const Interactions all = builder.finish();
  CHECK(columns(split_leave_last(all).test.matrix) == std::vector<int64_t>{1});
  CHECK(columns(split_leave_last(all, 2).test.matrix) == std::vector<int64_t>{1, 7});
  CHECK(columns(split_leave_last(all, 9).train.matrix) == std::vector<int64_t>{3});
}

TEST_CASE("split: by time, after a moment or the latest share of all entries") {
  // Times are 10 - c: the entries in column 0 have time 10.
  CHECK(columns(split_after(of_many(), 9.0).test.matrix) == std::vector<int64_t>{0, 0, 0, 0});
  CHECK(split_after(of_many(), 10.0).test.matrix.nnz() == 0);
  const InteractionSplit split = split_latest(of_many(), 0.3);
  CHECK(columns(split.test.matrix) == std::vector<int64_t>{0, 0, 0});
  CHECK(starts(split.test.matrix) == std::vector<int64_t>{0, 0, 0, 1, 2, 3});
}

TEST_CASE("split: users with too few entries are left out, with their names") {
  int64_t left_out = 0;
  const Interactions kept = with_at_least(of_many(), 3, left_out);
  CHECK(left_out == 3);
  CHECK(starts(kept.matrix) == std::vector<int64_t>{0, 3, 7});
  CHECK(kept.users.name(0) == "d");
  CHECK(kept.time.size() == 7);
}

TEST_CASE("split: users of their own are in no training row") {
  const InteractionSplit split = split_by_user(of_many(), 0.4, 1);
  int64_t tested = 0;
  for (int64_t row = 0; row < 5; ++row) {
    const bool is_tested = !split.test.matrix.row_columns(row).empty();
    tested += is_tested ? 1 : 0;
    CHECK(split.test_input.matrix.row_columns(row).empty() != is_tested);
    if (is_tested) CHECK(split.train.matrix.row_columns(row).empty());
  }
  CHECK(tested > 0);
}

TEST_CASE("popularity: ln(1 + rows), and zeros that are stored count for nothing") {
  const Csr y = make_csr(3, 3, {0, 2, 3, 4}, {0, 1, 0, 1}, {1, 0, 2, 0});
  const std::vector<float> found = elements<float>(label_popularity(y));
  CHECK(found[0] == doctest::Approx(std::log(3.0)));
  CHECK(found[1] == 0.0F);
  CHECK(found[2] == 0.0F);
}

}  // namespace

TEST_CASE("pairs: ratings and times that are not finite are refused") {
  const auto read = [](std::string_view text) {
    LineReader reader("a.csv", text, 1);
    return read_pairs(reader);
  };
  CHECK(read("ann,bread,1e38,1e300\n").matrix.nnz() == 1);
  for (const char* rating : {"1e39", "-1e39", "inf", "nan"}) {
    CHECK_ERROR(read(std::string("ann,bread,") + rating), "a.csv:1: expected a rating, found");
  }
  for (const char* time : {"1e999", "inf", "nan"})
    CHECK_ERROR(read(std::string("ann,bread,1,") + time), "a.csv:1: expected a time (");
}

}  // namespace spout
