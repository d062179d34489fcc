// What text costs on one core: `spout_bench_text FILE FIRST,LAST CHAR_FIRST,CHAR_LAST ROUNDS` fits
// and transforms the documents of FILE, a line each, and prints the median seconds of both as JSON.
// Built and run by bench_text.py.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>

#include "spout/sparse/base/numbers.h"
#include "spout/sparse/files/text/documents.h"
#include "spout/sparse/text/text_features.h"

namespace spout {
namespace {

template <class Work>
double median_seconds(int rounds, Work&& work) {
  std::vector<double> seconds;
  for (int round = 0; round < rounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    seconds.push_back(passed.count());
  }
  std::nth_element(seconds.begin(), seconds.begin() + rounds / 2, seconds.end());
  return seconds[static_cast<size_t>(rounds / 2)];
}

int64_t number_of(std::string_view text) {
  int64_t number = 0;
  if (!parse_int(text, number)) std::exit(2);
  return number;
}

NgramRange range_of(std::string_view text) {
  const size_t comma = std::min(text.find(','), text.size() - 1);
  return {number_of(text.substr(0, comma)), number_of(text.substr(comma + 1))};
}

void run(char** arguments) {
  TextOptions options;
  options.terms.ngrams = range_of(arguments[2]);
  options.terms.char_ngrams = range_of(arguments[3]);
  const auto rounds = static_cast<int>(number_of(arguments[4]));
  Documents documents;
  const double read = median_seconds(rounds, [&] {
    LineReader reader(arguments[1]);
    documents = read_documents(reader);
  });
  TextFeatures features;
  const double fit = median_seconds(rounds, [&] {
    TextFitter fitter(options);
    for (size_t i = 0; i < documents.texts.size(); ++i)
      fitter.add(documents.texts[i]);
    features = fitter.finish();
  });
  Csr x;
  const double transform = median_seconds(rounds, [&] { x = features.tfidf(documents.texts); });
  fmt::print("{{\"read\": {}, \"fit\": {}, \"transform\": {}, \"features\": {}, \"nnz\": {}}}\n",
             read, fit, transform, x.cols, x.nnz());
}

}  // namespace
}  // namespace spout

int main(int count, char** arguments) {
  if (count != 5) return 2;
  try {
    spout::run(arguments);
  } catch (const std::exception& error) {
    std::fputs(error.what(), stderr);
    return 1;
  }
  return 0;
}
