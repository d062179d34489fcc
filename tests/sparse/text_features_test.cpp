// Features of texts: the vocabulary, tf-idf by hand, tokens, hashing, saving and loading.
#include "spout/sparse/files/text/text_features_file.h"

#include <cmath>

#include "spout/sparse/base/error.h"
#include "spout/tests/testing.h"

using namespace spout;
using namespace spout::testing;

namespace {

using Ints = std::vector<int64_t>;
using Texts = std::vector<std::string>;

const TextList kDocuments{"red red green", "red blue", "green red", ""};

TextFeatures fit(const TextOptions& options, const TextList& documents = kDocuments) {
  TextFitter fitter(options);
  for (size_t i = 0; i < documents.size(); ++i)
    fitter.add(documents[i]);
  return fitter.finish();
}

Texts terms(const TextFeatures& features) {
  Texts result;
  for (int64_t id = 0; id < features.terms().size(); ++id)
    result.emplace_back(features.terms().name(id));
  return result;
}

float idf(double documents, double frequency) {
  return static_cast<float>(std::log((1 + documents) / (1 + frequency)) + 1);
}

}  // namespace

TEST_CASE("text: terms are numbered by falling document frequency, draws by their bytes") {
  CHECK(terms(fit({})) == Texts{"red", "green", "blue"});
  CHECK(terms(fit({}, {"zz yy", "xx"})) == Texts{"xx", "yy", "zz"});
}

TEST_CASE("text: tf-idf by hand") {
  const TextFeatures features = fit({});
  const Csr x = features.tfidf(TextList{"red red unknown green", "", "blue"});
  check(x);
  CHECK(x.rows == 3);
  CHECK(x.cols == 3);
  CHECK(elements(x.row_columns(0)) == Ints{0, 1});
  CHECK(x.row_values(0)[0] == doctest::Approx(2 * idf(4, 3)));
  CHECK(x.row_values(0)[1] == doctest::Approx(idf(4, 2)));
  CHECK(x.row_columns(1).empty());
  CHECK(x.row_values(2)[0] == doctest::Approx(idf(4, 1)));
}

TEST_CASE("text: sublinear tf is 1 + ln(tf)") {
  const Csr x = fit({.sublinear_tf = true}).tfidf(TextList{"red red red"});
  CHECK(x.row_values(0)[0] == doctest::Approx((1 + std::log(3.0)) * idf(4, 3)));
}

TEST_CASE("text: terms of few documents and those beyond max_features are left out") {
  CHECK(terms(fit({.min_df = 2})) == Texts{"red", "green"});
  CHECK(terms(fit({.max_features = 1})) == Texts{"red"});
  // Chosen by how often they are named in all (three times), ordered by documents.
  CHECK(terms(fit({.max_features = 2}, {"aa aa aa", "bb cc", "bb"})) == Texts{"bb", "aa"});
  CHECK_ERROR(fit({.min_df = 5}), "text: expected a term in at least 5 of the documents, found");
}

TEST_CASE("text: hashed terms have a feature each without a vocabulary") {
  const TextFeatures features = fit({.hash_bits = 20});
  CHECK(features.num_features() == 1 << 20);
  CHECK(features.terms().empty());
  const Csr x = features.tfidf(TextList{"red green"});
  const auto hashed = [](const char* term) {
    return static_cast<int64_t>(term_hash(term) & ((1U << 20) - 1));
  };
  Ints expected{hashed("red"), hashed("green")};
  const float of_red = x.row_values(0)[expected[0] < expected[1] ? 0 : 1];
  std::sort(expected.begin(), expected.end());
  CHECK(elements(x.row_columns(0)) == expected);
  CHECK(of_red == doctest::Approx(idf(4, 3)));
}

TEST_CASE("text: tokens are words in reading order, unknown ones too") {
  const TextFeatures features = fit({.tokens = true, .max_length = 4});
  CHECK(features.num_features() == 5);
  const TokenRows rows = features.tokens(TextList{"blue new red", "", "red red red red green"});
  CHECK(rows.vocabulary == 5);
  CHECK(elements<int64_t>(rows.crow) == Ints{0, 3, 3, 7});
  CHECK(elements<int64_t>(rows.ids) == Ints{4, 1, 2, 2, 2, 2, 2});
  CHECK(features.features(TextList{"red"}).is_tokens());
  CHECK_ERROR(features.tfidf(TextList{}), "the options ask for tokens");
}

TEST_CASE("text: settings that make no sense are refused") {
  const auto ngrams = [](int64_t first, int64_t last) {
    TextOptions options;
    options.terms.ngrams = {first, last};
    return options;
  };
  CHECK_ERROR(check_text_options(ngrams(2, 1)), "ngrams: expected 1 <= first <= last");
  CHECK_ERROR(check_text_options(ngrams(0, 0)), "expected words or characters, found neither");
  CHECK_ERROR(check_text_options(ngrams(0, 2)), "ngrams: expected 1 <= first");
  TextOptions tokens = ngrams(1, 2);
  tokens.tokens = true;
  CHECK_ERROR(check_text_options(tokens), "expected single words as tokens");
  CHECK_ERROR(check_text_options({.min_df = 0}), "min_df: expected 1 or more, found 0");
  CHECK_ERROR(check_text_options({.hash_bits = 31}), "hash_bits: expected 0 to 30, found 31");
  CHECK_ERROR(check_text_options({.min_df = 2, .hash_bits = 8}), "expected neither min_df nor");
}

TEST_CASE("text: what is saved loads as the same features") {
  for (const TextOptions& options :
       {TextOptions{.terms = {{}, {1, 2}, {3, 4}}, .min_df = 2, .sublinear_tf = true},
        TextOptions{.hash_bits = 6}, TextOptions{.tokens = true, .max_length = 2}}) {
    TempFolder folder;
    const TextFeatures features = fit(options);
    CHECK(!holds_text_features(folder.path("")));
    save_text_features(folder.path(""), features);
    CHECK(holds_text_features(folder.path("")));
    const TextFeatures again = load_text_features(folder.path(""));
    CHECK(again.num_documents() == 4);
    CHECK(again.num_features() == features.num_features());
    CHECK(terms(again) == terms(features));
    CHECK(std::ranges::equal(again.idf(), features.idf()));
    const Features x = again.features(kDocuments);
    const Features expected = features.features(kDocuments);
    if (options.tokens) CHECK(x.tokens.ids.equal(expected.tokens.ids));
    if (!options.tokens) CHECK(x.sparse.values.equal(expected.sparse.values));
    if (!options.tokens) CHECK(x.sparse.col.equal(expected.sparse.col));
  }
}

TEST_CASE("text: saved files that do not fit each other are refused") {
  TempFolder folder;
  save_text_features(folder.path(""), fit({}));
  folder.write("terms.txt", "red\ngreen\n");
  CHECK_ERROR(load_text_features(folder.path("")), "terms.txt: expected 3 features");
  folder.write("terms.txt", "red\ngreen\nblue\n");
  std::string settings = read_bytes(folder.path("text.json"));
  settings.replace(settings.find("\"max_length\": ") + 14, 3, "1e49");
  folder.write("text.json", settings);
  CHECK_ERROR(load_text_features(folder.path("")),
              "text.json: max_length: expected a whole number");
  folder.write("text.json", "{}");
  CHECK_ERROR(load_text_features(folder.path("")), "expected the settings of text features");
  folder.write("text.json", R"({"version": 9})");
  CHECK_ERROR(load_text_features(folder.path("")), "expected version 1, found 9");
  folder.write("text.json", R"({"version": 1})");
  CHECK_ERROR(load_text_features(folder.path("")), "text.json: ");
}

TEST_CASE("text: a vocabulary of above a million terms keeps its numbers") {
  TextFitter fitter({});
  std::string document;
  constexpr int64_t kTerms = 1'200'000;
  for (int64_t i = 0; i < kTerms; ++i)
    document += "term" + std::to_string(i) + ' ';
  fitter.add(document);
  const TextFeatures features = fitter.finish();
  CHECK(features.num_features() == kTerms);
  CHECK(features.tfidf(TextList{document}).nnz() == kTerms);
}
