#include "spout/sparse/text/text_features.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "spout/sparse/base/growing_array.h"

namespace spout {
namespace {

constexpr int64_t kMaxHashBits = 30;
constexpr int64_t kMaxNgram = 16;
constexpr int64_t kUnknown = TokenNumbers().unknown;

void check_range(const char* field, const NgramRange& range) {
  const bool sound = range.first >= 1 && range.first <= range.last && range.last <= kMaxNgram;
  TORCH_CHECK_VALUE(range.empty() || sound, field, ": expected 1 <= first <= last <= ", kMaxNgram,
                    ", found ", range.first, ",", range.last);
}

/// Appends the tf-idf of a document, columns ascending. Sorts `ids`.
void append_row(std::vector<int64_t>& ids, bool sublinear, std::span<const float> idf,
                GrowingArray<int64_t>& col, GrowingArray<float>& values) {
  std::sort(ids.begin(), ids.end());
  for (size_t at = 0; at < ids.size();) {
    const size_t begin = at;
    while (at < ids.size() && ids[at] == ids[begin])
      ++at;
    const auto times = static_cast<double>(at - begin);
    const double tf = sublinear ? 1.0 + std::log(times) : times;
    col.push_back(ids[begin]);
    values.push_back(static_cast<float>(tf * idf[static_cast<size_t>(ids[begin])]));
  }
}

}  // namespace

void check_text_options(const TextOptions& options) {
  const TermOptions& terms = options.terms;
  check_range("ngrams", terms.ngrams);
  check_range("char_ngrams", terms.char_ngrams);
  TORCH_CHECK_VALUE(!terms.ngrams.empty() || !terms.char_ngrams.empty(),
                    "ngrams: expected words or characters, found neither");
  const bool words = terms.ngrams.first == 1 && terms.ngrams.last == 1 && terms.char_ngrams.empty();
  TORCH_CHECK_VALUE(!options.tokens || words, "ngrams: expected single words as tokens, found ",
                    terms.char_ngrams.empty() ? "longer n-grams" : "characters");
  TORCH_CHECK_VALUE(options.min_df >= 1, "min_df: expected 1 or more, found ", options.min_df);
  TORCH_CHECK_VALUE(options.max_features >= 0, "max_features: expected 0 or more, found ",
                    options.max_features);
  TORCH_CHECK_VALUE(options.hash_bits >= 0 && options.hash_bits <= kMaxHashBits,
                    "hash_bits: expected 0 to ", kMaxHashBits, ", found ", options.hash_bits);
  TORCH_CHECK_VALUE(options.hash_bits == 0 || (options.min_df == 1 && options.max_features == 0),
                    "hash_bits: expected neither min_df nor max_features beside it");
  TORCH_CHECK_VALUE(options.max_length >= 0, "max_length: expected 0 or more, found ",
                    options.max_length);
}

int64_t TextFeatures::num_features() const {
  const int64_t terms = options_.hash_bits > 0 ? int64_t{1} << options_.hash_bits : terms_.size();
  return options_.tokens ? terms + kFirstToken : terms;
}

int64_t TextFeatures::find(std::string_view term) const {
  if (options_.hash_bits == 0) return terms_.find(term);
  return static_cast<int64_t>(term_hash(term) & ((uint64_t{1} << options_.hash_bits) - 1));
}

void TextFeatures::settle_idf(std::span<const int64_t> document_frequency) {
  idf_.clear();
  idf_.reserve(document_frequency.size());
  const auto n = static_cast<double>(num_documents_);
  for (const int64_t df : document_frequency) {
    idf_.push_back(static_cast<float>(std::log((1 + n) / (1 + static_cast<double>(df))) + 1));
  }
}

Csr TextFeatures::tfidf(const TextList& documents) const {
  TORCH_CHECK_VALUE(!options_.tokens, "tfidf: the options ask for tokens");
  GrowingArray<int64_t> crow;
  GrowingArray<int64_t> col;
  GrowingArray<float> values;
  TermReader reader(options_.terms);
  std::vector<int64_t> ids;
  crow.push_back(0);
  for (size_t i = 0; i < documents.size(); ++i) {
    ids.clear();
    reader.read(documents[i], [&](std::string_view term) {
      if (const int64_t id = find(term); id >= 0) ids.push_back(id);
    });
    append_row(ids, options_.sublinear_tf, idf_, col, values);
    crow.push_back(col.ssize());
  }
  return {static_cast<int64_t>(documents.size()), num_features(), crow.release(), col.release(),
          values.release()};
}

TokenRows TextFeatures::tokens(const TextList& documents) const {
  TORCH_CHECK_VALUE(options_.tokens, "tokens: the options ask for tf-idf");
  GrowingArray<int64_t> crow;
  GrowingArray<int64_t> ids;
  Words words;
  crow.push_back(0);
  for (size_t document = 0; document < documents.size(); ++document) {
    words.split(documents[document], options_.terms.words);
    const int64_t length =
        options_.max_length == 0 ? words.size() : std::min(words.size(), options_.max_length);
    for (int64_t i = 0; i < length; ++i) {
      const int64_t id = find(words[i]);
      ids.push_back(id < 0 ? kUnknown : id + kFirstToken);
    }
    crow.push_back(ids.ssize());
  }
  return {crow.release(), ids.release(), num_features()};
}

Features TextFeatures::features(const TextList& documents) const {
  Features x;
  if (options_.tokens) x.tokens = tokens(documents);
  if (!options_.tokens) x.sparse = tfidf(documents);
  return x;
}

TextFitter::TextFitter(const TextOptions& options) : options_(options), reader_(options.terms) {
  check_text_options(options);
  if (options.hash_bits > 0) counts_.resize(size_t{1} << options.hash_bits);
}

void TextFitter::add(std::string_view document) {
  const uint64_t mask = (uint64_t{1} << options_.hash_bits) - 1;
  reader_.read(document, [&](std::string_view term) {
    const size_t id = options_.hash_bits > 0 ? static_cast<size_t>(term_hash(term) & mask)
                                             : static_cast<size_t>(terms_.add(term));
    if (id == counts_.size()) counts_.emplace_back();
    TermCount& count = counts_[id];
    ++count.times;
    if (count.last_document == num_documents_) return;
    count.last_document = num_documents_;
    ++count.documents;
  });
  ++num_documents_;
}

/// The terms to keep, by falling document frequency; ties go by the order of their bytes.
std::vector<int64_t> TextFitter::chosen_terms() const {
  std::vector<int64_t> chosen;
  for (int64_t id = 0; id < terms_.size(); ++id) {
    if (counts_[static_cast<size_t>(id)].documents >= options_.min_df) chosen.push_back(id);
  }
  const auto falling_by = [this](int64_t TermCount::* what) {
    return [this, what](int64_t a, int64_t b) {
      const int64_t count_a = counts_[static_cast<size_t>(a)].*what;
      const int64_t count_b = counts_[static_cast<size_t>(b)].*what;
      return count_a != count_b ? count_a > count_b : terms_.name(a) < terms_.name(b);
    };
  };
  const auto limit = static_cast<size_t>(options_.max_features);
  if (limit > 0 && limit < chosen.size()) {
    std::nth_element(chosen.begin(), chosen.begin() + options_.max_features, chosen.end(),
                     falling_by(&TermCount::times));
    chosen.resize(limit);
  }
  std::sort(chosen.begin(), chosen.end(), falling_by(&TermCount::documents));
  return chosen;
}

TextFeatures TextFitter::finish() {
  TextFeatures features;
  features.options_ = options_;
  features.num_documents_ = num_documents_;
  std::vector<int64_t> frequency;
  if (options_.hash_bits > 0) {
    for (const TermCount& count : counts_)
      frequency.push_back(count.documents);
  }
  for (const int64_t id : chosen_terms()) {
    features.terms_.add(terms_.name(id));
    frequency.push_back(counts_[static_cast<size_t>(id)].documents);
  }
  TORCH_CHECK_VALUE(num_documents_ > 0 && !frequency.empty(), "text: expected a term in at least ",
                    options_.min_df, " of the documents, found none in ", num_documents_);
  if (!options_.tokens) features.settle_idf(frequency);
  return features;
}

}  // namespace spout
