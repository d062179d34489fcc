// How long to train: which lengths are tried, and when the search ends.
#include "spout/app/training/length_search.h"

#include <cmath>
#include <functional>
#include <limits>

#include "spout/tests/testing.h"

namespace spout {
namespace {

LengthLimits limits() {
  LengthLimits limits;
  limits.first = 64;
  limits.most = 10'000;
  return limits;
}

/// Searches on a curve of the metric over the steps of a length.
LengthSearch search_on(const LengthLimits& limits, const std::function<double(double)>& curve) {
  LengthSearch search(limits);
  while (!search.is_over())
    search.add(curve(static_cast<double>(search.current().steps())));
  return search;
}

}  // namespace

TEST_CASE("length: trunks grow by half, and a branch has a third of its trunk") {
  const LengthSearch search(limits());
  CHECK(search.length(0).trunk == 64);
  CHECK(search.length(0).decay == 21);
  CHECK(search.length(1).trunk == 96);
  CHECK(search.length(2).trunk == 144);
  CHECK(search.length(50).trunk == 10'000);
}

TEST_CASE("length: the best of a curve that rises and falls is found") {
  const auto hill = [](double steps) { return 0.6 - 0.1 * std::abs(std::log(steps / 1000)); };
  const LengthSearch search = search_on(limits(), hill);
  CHECK(search.best_length().steps() > 800);
  CHECK(search.best_length().steps() < 1250);
  CHECK(search.index() == search.best() + 2);  // the next one was worse by more than a hundredth
}

TEST_CASE("length: two longer trainings without a gain end the search, one does not") {
  LengthSearch search(limits());
  search.add(0.500);
  search.add(0.499);
  CHECK(!search.is_over());
  search.add(0.501);
  search.add(0.5);
  CHECK(!search.is_over());
  search.add(0.5);
  CHECK(search.is_over());
  CHECK(search.best() == 2);
}

TEST_CASE("length: a gain may have to be of some size") {
  LengthLimits large = limits();
  large.least_gain = 0.01;
  large.patience = 1;
  LengthSearch search(large);
  search.add(0.500);
  search.add(0.506);
  CHECK(!search.is_over());
  CHECK(search.best() == 1);
  search.add(0.511);
  CHECK(search.is_over());
  CHECK(search.best() == 1);
}

TEST_CASE("length: a flat start ends nothing") {
  LengthLimits flat = limits();
  flat.baseline = 0.2;
  LengthSearch search(flat);
  for (int i = 0; i < 8; ++i)
    search.add(0.2);
  CHECK(!search.is_over());
  search.add(0.7);
  search.add(0.6);
  CHECK(search.is_over());
  CHECK(search.best() == 8);
  CHECK(search_on(flat, [](double) { return 0.1; }).best_length().trunk == 64);
}

TEST_CASE("length: of errors the least is the best, and what is not finite is the worst") {
  LengthLimits errors = limits();
  errors.is_error = true;
  errors.baseline = 9.0;
  LengthSearch search(errors);
  search.add(std::numeric_limits<double>::quiet_NaN());
  search.add(5.0);
  search.add(4.0);
  search.add(4.5);
  CHECK(search.is_over());
  CHECK(search.best() == 2);
}

TEST_CASE("length: folds count by their mean") {
  LengthLimits folds = limits();
  folds.folds = 2;
  LengthSearch search(folds);
  for (const double metric : {0.2, 0.4, 0.5, 0.3, 0.1})
    search.add(metric);
  CHECK(search.fold() == 1);
  CHECK(search.index() == 2);
  CHECK(!search.is_over());
  search.add(0.1);
  CHECK(search.is_over());
  CHECK(search.best() == 1);
  CHECK(search.metric(1) == doctest::Approx(0.4));
}

TEST_CASE("length: the clock cuts the current trunk, or ends the search") {
  LengthSearch search(limits());
  search.add(0.1);
  search.cut(80);
  CHECK(search.current().trunk == 80);
  CHECK(!search.is_over());
  search.add(0.2);
  CHECK(search.is_over());
  CHECK(search.best_length().trunk == 80);
  LengthSearch late(limits());
  late.add(0.1);
  late.cut(64);
  CHECK(late.is_over());
}

TEST_CASE(
    "length: a rival that gains will not reach ends the search, and a fast riser is left in") {
  LengthLimits beaten = limits();
  beaten.folds = 1;
  beaten.rival = 0.6;
  LengthSearch slow(beaten);
  for (const double metric : {0.2, 0.3, 0.35})
    slow.add(metric);
  CHECK(slow.is_beaten());  // 0.35 and twice the last gain
  CHECK(slow.is_over());
  LengthSearch fast(beaten);
  for (const double metric : {0.1, 0.2, 0.42})
    fast.add(metric);
  CHECK_FALSE(fast.is_beaten());
  LengthSearch ahead(beaten);
  for (const double metric : {0.5, 0.7, 0.55})
    ahead.add(metric);
  CHECK_FALSE(ahead.is_beaten());  // it was ahead of the rival
}

TEST_CASE("length: a restored search goes on as the first would") {
  LengthSearch search(limits());
  search.add(0.25);
  search.add(std::numeric_limits<double>::quiet_NaN());
  search.cut(100);
  LengthSearch restored(limits());
  restored.restore(search.state());
  CHECK(restored.state() == search.state());
  CHECK(restored.current().trunk == search.current().trunk);
  CHECK_ERROR(restored.restore("{}"), "expected the state of a search");
  LengthLimits less = limits();
  less.most = search.limits().most - 1;
  LengthSearch bounded(less);
  bounded.restore(search.state());
  CHECK(bounded.limits().most == search.limits().most);
}

}  // namespace spout
