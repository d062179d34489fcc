// Index-value decoding: every kind of bad pair under every policy, and what it leaves as it is.
#include "spout/sparse/decode/index_value.h"

#include <ATen/ATen.h>

#include <limits>
#include <sstream>

#include "spout/tests/testing.h"

using namespace spout;
using namespace spout::testing;

namespace {

using Ints = std::vector<int64_t>;
using Floats = std::vector<float>;
using Doubles = std::vector<double>;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr float kNanF = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfF = std::numeric_limits<float>::infinity();

/// "0:1 3:2.5 | | 1:1": rows with "|" between.
std::string text_of(const Csr& matrix) {
  std::ostringstream text;
  for (int64_t row = 0; row < matrix.rows; ++row) {
    if (row > 0) text << " |";
    const auto columns = matrix.row_columns(row);
    for (size_t i = 0; i < columns.size(); ++i) {
      if (row + static_cast<int64_t>(i) > 0) text << ' ';
      text << columns[i] << ':' << matrix.row_values(row)[i];
    }
  }
  return text.str();
}

at::Tensor matrix_of(const Doubles& numbers, int64_t n, int64_t k, at::ScalarType type) {
  return at::tensor(numbers, at::kDouble).view({n, k}).to(type);
}

/// What comes out: the matrix as text, or "! " and the error.
std::string outcome(const at::Tensor& indices, const at::Tensor& values,
                    const IndexValueOptions& options, IndexValueReport* report = nullptr) {
  Csr matrix;
  const std::string error =
      error_of([&] { matrix = decode_index_value(indices, values, options, report); });
  if (!error.empty()) return "! " + error;
  check(matrix);
  CHECK(matrix.rows == indices.size(0));
  CHECK(matrix.cols == options.num_labels);
  return text_of(matrix);
}

void check_outcome(const std::string& found, const std::string& expected) {
  INFO("found \"", found, "\", expected \"", expected, "\"");
  if (expected.starts_with("!")) {
    CHECK(found.starts_with("! index-value: "));
    CHECK(found.find(expected.substr(2)) != std::string::npos);
  } else {
    CHECK(found == expected);
  }
}

struct RangeCase {
  const char* name;
  int64_t num_labels;
  int64_t n;
  Doubles indices;
  Floats values;
  const char* error;  // the outcome under each policy
  const char* drop;
  const char* clip;
  bool unique = true;  // no two pairs of a row become one: what is done with duplicates is all one
};

const char* const kFirst = "! row 0, position 0: expected an index of a label below 4, found ";
const char* const kSecond = "! row 0, position 1: expected an index of a label below 4, found ";
const char* const kThird = "! row 1, position 0: expected an index of a label below ";
const char* const kNoLabel = "! row 0, position 0: expected an index of a label below 0, found 0";
const char* const kHuge = "! position 1: expected an index of a label below 3000000000, found 3";
const char* const kLast = "2999999999:1";
constexpr int64_t kManyLabels = 3000000000;

std::vector<RangeCase> range_cases() {
  return {
      {"NaN", 4, 1, {0, kNan}, {1, 2}, kSecond, "0:1", kSecond},
      {"rows of NaN", 4, 2, {kNan, kNan, 0, 1}, {1, 2, 3, 4}, kFirst, " | 0:3 1:4", kFirst},
      {"-1", 4, 1, {-1, 2}, {1, 2}, kFirst, "2:2", "0:1 2:2"},
      {"L", 4, 1, {4, 0}, {1, 2}, kFirst, "0:2", "0:2 3:1"},
      {"1e30", 4, 1, {0, 1e30}, {1, 2}, kSecond, "0:1", "0:1 3:2"},
      {"-1e30", 4, 1, {1, -1e30}, {1, 2}, kSecond, "1:1", "0:2 1:1"},
      {"infinity", 4, 1, {kInf, 1}, {1, 2}, kFirst, "1:2", "1:2 3:1"},
      {"-infinity", 4, 1, {-kInf, 1}, {1, 2}, kFirst, "1:2", "0:1 1:2"},
      {"2^63", 4, 1, {0, 9223372036854775808.0}, {1, 2}, kSecond, "0:1", "0:1 3:2"},
      {"the largest f64", 4, 1, {1.7e308, 0}, {1, 2}, kFirst, "0:2", "0:2 3:1"},
      {"rounded to -1", 4, 1, {-0.51, 3}, {1, 2}, kFirst, "3:2", "0:1 3:2"},
      {"rounded to L", 4, 1, {3.5, 0}, {1, 2}, kFirst, "0:2", "0:2 3:1"},
      {"a whole row out of range", 4, 1, {-7, 9}, {1, 2}, kFirst, "", "0:1 3:2"},
      {"the second row", 4, 2, {0, 5}, {1, 2}, kThird, "0:1 |", "0:1 | 3:2"},
      {"value 0 out of range", 4, 1, {-1, 1}, {0, 2}, kFirst, "1:2", "1:2"},
      {"no labels", 0, 1, {0}, {1}, kNoLabel, "", kNoLabel},
      {"one label", 1, 2, {0, 1}, {1, 2}, kThird, "0:1 |", "0:1 | 0:2"},
      {"huge L", kManyLabels, 1, {2999999999, 3e9}, {1, 2}, kHuge, kLast, "2999999999:3", false},
      {"clipped onto another", 4, 1, {-1, 0}, {1, 2}, kFirst, "0:2", "0:3", false},
  };
}

struct AnyPolicyCase {
  const char* name;
  int64_t n;
  Doubles indices;
  Floats values;
  const char* outcome;  // with 4 labels, under every policy
};

std::vector<AnyPolicyCase> any_policy_cases() {
  return {
      {"rounded to 0 from below", 1, {-0.5, 3}, {1, 2}, "0:1 3:2"},
      {"rounded to L-1", 1, {3.49, 0}, {1, 2}, "0:2 3:1"},
      {"ties to even", 2, {0.5, 1.5, 2.5, -0.5}, {1, 2, 3, 4}, "0:1 2:2 | 0:4 2:3"},
      {"nearly whole", 1, {2.9999999, 1e-310}, {1, 2}, "0:2 3:1"},
      {"NaN as value", 1, {0, 1}, {kNanF, 1}, "! row 0, position 0: expected a finite value"},
      {"infinity as value", 1, {0, 1}, {1, kInfF}, "! position 1: expected a finite value"},
      {"-infinity as value", 2, {0, 1}, {1, -kInfF}, "! row 1, position 0: expected a fin"},
      {"NaN as value out of range", 1, {9}, {kNanF}, "! expected a finite value, found nan"},
      {"NaN as both", 1, {kNan}, {kNanF}, "! expected a finite value, found nan"},
      {"0 as value", 1, {0, 1}, {0, 2}, "1:2"},
      {"-0 as value", 1, {0, 1}, {-0.0F, 2}, "1:2"},
      {"no pairs", 3, {}, {}, " | |"},
      {"no rows", 0, {}, {}, ""},
      {"falling indices", 1, {3, 1, 0}, {1, 2, 3}, "0:3 1:2 3:1"},
  };
}

struct DuplicateCase {
  const char* name;
  int64_t n;
  Doubles indices;  // all in range
  Floats values;
  const char* error;  // the outcome under each policy
  const char* sum;
  const char* max;
  const char* last;
};

const char* const kTwice =
    "! row 0, position 1: expected each label once, found 1 again, with value ";
const char* const kLater =
    "! row 0, position 2: expected each label once, found 2 again, with value ";
const char* const kBelow =
    "! row 1, position 1: expected each label once, found 3 again, with value ";
const char* const kSum = "! row 0, position 1: expected a finite sum for label 1, found 6";
const char* const kRows = "1:2 | 1:3";

std::vector<DuplicateCase> duplicate_cases() {
  return {
      {"rising values", 1, {1, 1}, {2, 3}, kTwice, "1:5", "1:3", "1:3"},
      {"falling values", 1, {1, 1}, {3, 2}, kTwice, "1:5", "1:3", "1:2"},
      {"negative values", 1, {1, 1}, {-3, -2}, kTwice, "1:-5", "1:-2", "1:-2"},
      {"by rounding", 1, {1.2, 0.9}, {1, 2}, kTwice, "1:3", "1:2", "1:2"},
      {"by rounding to 0", 1, {-0.4, 0.4}, {2, 1}, "! found 0 again", "0:3", "0:2", "0:1"},
      {"three times", 1, {1, 1, 1}, {1, 4, 2}, kTwice, "1:7", "1:4", "1:2"},
      {"another between", 1, {2, 0, 2}, {1, 5, 2}, kLater, "0:5 2:3", "0:5 2:2", "0:5 2:2"},
      {"that cancel", 1, {1, 1}, {1, -1}, kTwice, "", "1:1", "1:-1"},
      {"small beside large", 1, {1, 1, 1}, {1e8F, 1, -1e8F}, kTwice, "1:1", "1:1e+08", "1:-1e+08"},
      {"the last is 0", 1, {1, 1}, {5, 0}, kTwice, "1:5", "1:5", ""},
      {"the largest is 0", 1, {1, 1}, {-5, 0}, kTwice, "1:-5", "", ""},
      {"a sum beyond f32", 1, {1, 1}, {3e38F, 3e38F}, kTwice, kSum, "1:3e+38", "1:3e+38"},
      {"in different rows are none", 2, {1, 1}, {2, 3}, kRows, kRows, kRows, kRows},
      {"in the second row",
       2,
       {1, 2, 3, 3},
       {1, 1, 1, 2},
       kBelow,
       "1:1 2:1 | 3:3",
       "1:1 2:1 | 3:2",
       "1:1 2:1 | 3:2"},
      {"the last label",
       1,
       {2999999999, 2999999999},
       {1, 2},
       "! found 2999999999 again",
       "2999999999:3",
       "2999999999:2",
       "2999999999:2"},
  };
}

at::Tensor values_of(const Floats& values, int64_t n, int64_t k) {
  return at::tensor(values, at::kFloat).view({n, k});
}

int64_t pairs_of(int64_t n, size_t numbers) {
  return n == 0 ? 3 : static_cast<int64_t>(numbers) / n;
}

}  // namespace

TEST_CASE("index-value: good pairs become the matrix they mean") {
  IndexValueReport report;
  const Csr matrix = decode_index_value(at::tensor({3, 0, 1, 2}).view({2, 2}),
                                        at::tensor({1.5F, 2.0F, -3.0F, 4.0F}).view({2, 2}),
                                        {.num_labels = 5}, &report);
  check(matrix);
  CHECK(matrix.cols == 5);
  CHECK(elements<int64_t>(matrix.crow) == Ints{0, 2, 4});
  CHECK(elements<int64_t>(matrix.col) == Ints{0, 3, 1, 2});
  CHECK(elements<float>(matrix.values) == Floats{2.0F, 1.5F, -3.0F, 4.0F});
  CHECK(!report.any());
}

TEST_CASE("index-value: every index out of range, under every policy") {
  for (const RangeCase& batch : range_cases()) {
    INFO(batch.name);
    const int64_t k = pairs_of(batch.n, batch.indices.size());
    for (const auto& [name, policy] : kOutOfRangePolicies) {
      const char* expected = policy == OutOfRange::kError  ? batch.error
                             : policy == OutOfRange::kDrop ? batch.drop
                                                           : batch.clip;
      for (const auto& [other, duplicates] : kDuplicatePolicies) {
        if (!batch.unique && duplicates != Duplicates::kSum) continue;
        INFO(name, " and ", other);
        check_outcome(
            outcome(
                matrix_of(batch.indices, batch.n, k, at::kDouble),
                values_of(batch.values, batch.n, k),
                {.num_labels = batch.num_labels, .out_of_range = policy, .duplicates = duplicates}),
            expected);
      }
    }
  }
}

TEST_CASE("index-value: what no policy changes: rounding, bad values, zeros, empty batches") {
  for (const AnyPolicyCase& batch : any_policy_cases()) {
    INFO(batch.name);
    const int64_t k = pairs_of(batch.n, batch.indices.size());
    for (const auto& [name, policy] : kOutOfRangePolicies) {
      for (const auto& [other, duplicates] : kDuplicatePolicies) {
        INFO(name, " and ", other);
        check_outcome(outcome(matrix_of(batch.indices, batch.n, k, at::kDouble),
                              values_of(batch.values, batch.n, k),
                              {.num_labels = 4, .out_of_range = policy, .duplicates = duplicates}),
                      batch.outcome);
      }
    }
  }
}

TEST_CASE("index-value: every kind of duplicate, under every policy") {
  for (const DuplicateCase& batch : duplicate_cases()) {
    INFO(batch.name);
    const int64_t k = pairs_of(batch.n, batch.indices.size());
    for (const auto& [other, range] : kOutOfRangePolicies) {
      const auto under = [&, policy_of_range = range](Duplicates policy) {
        return outcome(
            matrix_of(batch.indices, batch.n, k, at::kDouble), values_of(batch.values, batch.n, k),
            {.num_labels = 3000000000, .out_of_range = policy_of_range, .duplicates = policy});
      };
      check_outcome(under(Duplicates::kError), batch.error);
      check_outcome(under(Duplicates::kSum), batch.sum);
      check_outcome(under(Duplicates::kMax), batch.max);
      check_outcome(under(Duplicates::kLast), batch.last);
    }
  }
}

TEST_CASE("index-value: floor rounds down, also below 0") {
  IndexValueOptions options{.num_labels = 4, .rounding = IndexRounding::kFloor};
  const at::Tensor values = at::tensor({1.0F, 2.0F}).view({1, 2});
  CHECK(outcome(matrix_of({3.999, 0.5}, 1, 2, at::kDouble), values, options) == "0:2 3:1");
  check_outcome(outcome(matrix_of({0, -0.001}, 1, 2, at::kDouble), values, options),
                "! row 0, position 1: expected an index of a label below 4, found -0.001");
  options.out_of_range = OutOfRange::kClip;
  options.duplicates = Duplicates::kLast;
  CHECK(outcome(matrix_of({0, -0.001}, 1, 2, at::kDouble), values, options) == "0:2");
}

TEST_CASE("index-value: what was done is counted, over several calls") {
  IndexValueReport report;
  const IndexValueOptions drop{
      .num_labels = 4, .out_of_range = OutOfRange::kDrop, .duplicates = Duplicates::kSum};
  const at::Tensor indices = matrix_of({0.9, 1, -1, kNan, 2.2, 3}, 1, 6, at::kFloat);
  outcome(indices, values_of({1, 2, 3, 4, 5, 0}, 1, 6), drop, &report);
  CHECK(report.rounded == 2);
  CHECK(report.dropped == 2);
  CHECK(report.clipped == 0);
  CHECK(report.merged == 1);
  CHECK(report.zeros == 1);
  IndexValueOptions clip = drop;
  clip.out_of_range = OutOfRange::kClip;
  outcome(matrix_of({9, kInf, -kInf}, 1, 3, at::kFloat), values_of({1, 1, 1}, 1, 3), clip, &report);
  CHECK(report.clipped == 3);
  CHECK(report.merged == 2);
  CHECK(report.rounded == 2);
}

TEST_CASE("index-value: zeros are kept where asked for") {
  const IndexValueOptions keep{.num_labels = 4, .duplicates = Duplicates::kSum, .keep_zeros = true};
  IndexValueReport report;
  CHECK(outcome(matrix_of({0, 2, 2}, 1, 3, at::kFloat), values_of({0, 1, -1}, 1, 3), keep,
                &report) == "0:0 2:0");
  CHECK(report.zeros == 0);
}

TEST_CASE("index-value: every type of indices and values gives the same matrix") {
  const at::Tensor values = values_of({1.5F, 2, -3, 4}, 2, 2);
  for (const at::ScalarType type :
       {at::kByte, at::kChar, at::kShort, at::kInt, at::kLong, at::kUInt16, at::kUInt32,
        at::kUInt64, at::kHalf, at::kBFloat16, at::kFloat, at::kDouble}) {
    INFO(c10::toString(type));
    CHECK(outcome(matrix_of({3, 0, 1, 2}, 2, 2, type), values, {.num_labels = 5}) ==
          "0:2 3:1.5 | 1:-3 2:4");
  }
  const at::Tensor flags = at::tensor({1, 0}).view({1, 2}).to(at::kBool);
  CHECK(outcome(flags, values_of({1, 2}, 1, 2), {.num_labels = 2}) == "0:2 1:1");
  for (const at::ScalarType type : {at::kHalf, at::kBFloat16, at::kFloat, at::kDouble}) {
    CHECK(outcome(matrix_of({3, 0, 1, 2}, 2, 2, at::kInt), values.to(type), {.num_labels = 5}) ==
          "0:2 3:1.5 | 1:-3 2:4");
  }
}

TEST_CASE("index-value: integers of 64 bits keep every bit") {
  constexpr int64_t kMost = int64_t{1} << 53;
  const at::Tensor values = values_of({1, 2}, 1, 2);
  CHECK(outcome(at::tensor({kMost - 1, kMost - 2}).view({1, 2}), values, {.num_labels = kMost}) ==
        "9007199254740990:2 9007199254740991:1");
  constexpr auto kLowest = std::numeric_limits<int64_t>::min();
  constexpr auto kHighest = std::numeric_limits<int64_t>::max();
  const at::Tensor extremes = at::tensor({kHighest, kLowest}).view({1, 2});
  check_outcome(outcome(extremes, values, {.num_labels = 4}),
                "! position 0: expected an index of a label below 4, found 9223372036854775807");
  const IndexValueOptions clip{.num_labels = 4, .out_of_range = OutOfRange::kClip};
  CHECK(outcome(extremes, values, clip) == "0:2 3:1");
  // -1 as an unsigned number is far above, not below.
  const at::Tensor wrapped = at::tensor({int64_t{-1}, int64_t{1}}).view({1, 2}).view(at::kUInt64);
  CHECK(outcome(wrapped, values, clip) == "1:2 3:1");
}

TEST_CASE("index-value: a value beyond f32 is not finite") {
  check_outcome(outcome(at::zeros({1, 1}, at::kLong), at::full({1, 1}, 1e300, at::kDouble),
                        {.num_labels = 4, .out_of_range = OutOfRange::kDrop}),
                "! row 0, position 0: expected a finite value, found inf");
}

TEST_CASE("index-value: shapes, types and sizes that fit nothing are refused") {
  const IndexValueOptions options{.num_labels = 4};
  const auto refused = [&](const at::Tensor& indices, const at::Tensor& values, const char* part,
                           const IndexValueOptions& given) {
    CHECK_ERROR(decode_index_value(indices, values, given), part);
    CHECK_THROWS_AS(decode_index_value(indices, values, given), c10::ValueError);
  };
  const at::Tensor two = at::zeros({2, 3});
  refused(at::zeros({6}), at::zeros({6}), "one shape [n, k], found [6] and [6]", options);
  refused(two, at::zeros({3, 2}), "found [2, 3] and [3, 2]", options);
  refused(two, at::zeros({2, 2}), "found [2, 3] and [2, 2]", options);
  refused(at::zeros({1, 2, 3}), at::zeros({1, 2, 3}), "found [1, 2, 3]", options);
  refused(at::zeros({2, 3}, at::kComplexFloat), two, "indices that are numbers", options);
  refused(two, at::zeros({2, 3}, at::kLong), "values of a floating type, found Long", options);
  refused(two, two, "a number of labels from 0 to 9007199254740992, found -1", {.num_labels = -1});
  refused(two, two, "found 9007199254740993", {.num_labels = (int64_t{1} << 53) + 1});
}

TEST_CASE("index-value: bad indices are IndexErrors, and errors call the pairs as they are told") {
  const at::Tensor one = at::ones({1, 1});
  CHECK_THROWS_AS(decode_index_value(one, one, {.num_labels = 1}), c10::IndexError);
  CHECK_ERROR(decode_index_value(one, one, {.num_labels = 1, .name = "i.npy"}),
              "i.npy: row 0, position 0: expected an index of a label below 1, found 1");
}

TEST_CASE("index-value: turned and strided tensors are read in their order") {
  const at::Tensor indices = matrix_of({0, 1, 2, 3}, 2, 2, at::kInt).t();
  CHECK(outcome(indices, values_of({1, 2, 3, 4}, 2, 2).t(), {.num_labels = 4}) ==
        "0:1 2:3 | 1:2 3:4");
}

TEST_CASE("index-value: summed pairs are what dense addition gives") {
  at::manual_seed(5);
  const at::Tensor indices = at::randint(0, 20, {50, 30}, at::kLong);
  const at::Tensor values = at::randint(1, 9, {50, 30}, at::kFloat);
  const Csr matrix = decode_index_value(indices.to(at::kFloat) + 0.25, values,
                                        {.num_labels = 20, .duplicates = Duplicates::kSum});
  check(matrix);
  const at::Tensor dense = at::zeros({50, 20}).scatter_add(1, indices, values);
  CHECK(to_torch_csr(matrix).to_dense().equal(dense));
}
