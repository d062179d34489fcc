// Turns texts into features that training documents determine, once for all later documents: tf-idf
// of words and n-grams, or token numbers in reading order. tf-idf is that of scikit-learn's
// TfidfVectorizer with norm=None: tf * (ln((1 + n) / (1 + df)) + 1). Terms are numbered by falling
// document frequency, so that the weights used most lie side by side.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spout/sparse/base/text_list.h"
#include "spout/sparse/base/vocabulary.h"
#include "spout/sparse/batch/dataset.h"
#include "spout/sparse/text/terms.h"

namespace spout {

struct TextOptions {
  TermOptions terms{};
  int64_t min_df = 1;         // fewest documents that a term must be in
  int64_t max_features = 0;   // most terms kept, those with most occurrences; 0: all
  int64_t hash_bits = 0;      // 0: a vocabulary; else a term's feature is its hash mod 2^hash_bits
  bool sublinear_tf = false;  // 1 + ln(tf) in place of tf
  bool tokens = false;        // words in reading order in place of tf-idf
  int64_t max_length = 512;   // most tokens kept of a document; 0: all
};

/// Checks the settings; throws ValueError "field: expected ..., found ...".
void check_text_options(const TextOptions& options);

class TextFeatures {
 public:
  /// The token number of the first term; those below stand for padding and unknown words.
  static constexpr int64_t kFirstToken = TokenNumbers().unknown + 1;

  /// Makes empty features. TextFitter and load_text_features() make others.
  TextFeatures() = default;

  bool empty() const { return num_documents_ == 0; }
  const TextOptions& options() const { return options_; }

  /// The number of training documents.
  int64_t num_documents() const { return num_documents_; }

  /// D: the number of terms, or 2^hash_bits. Tokens have two more, for padding and unknown words.
  int64_t num_features() const;

  /// The term of each feature (token t + kFirstToken is term t). Empty if terms are hashed.
  const Vocabulary& terms() const { return terms_; }

  /// The inverse document frequency of each term or hash; empty for tokens.
  std::span<const float> idf() const { return idf_; }

  /// Computes tf-idf of each document, not normalised (see l2_normalize_rows()). Unknown terms are
  /// dropped.
  ///   returns [n, D]        throws ValueError if the options ask for tokens
  Csr tfidf(const TextList& documents) const;

  /// Numbers the words of each document, unknown ones too, and cuts it to max_length.
  ///   throws ValueError if the options ask for tf-idf
  TokenRows tokens(const TextList& documents) const;

  /// Returns tfidf() or tokens(), as the options ask.
  Features features(const TextList& documents) const;

  /// Restores features from what the accessors above returned.
  ///   terms  empty if they are hashed      idf  one for each term or hash; empty for tokens
  TextFeatures(const TextOptions& options, int64_t num_documents, Vocabulary terms,
               std::vector<float> idf)
      : options_(options),
        num_documents_(num_documents),
        terms_(std::move(terms)),
        idf_(std::move(idf)) {}

 private:
  friend class TextFitter;

  /// The index of a term in idf_, or -1.
  int64_t find(std::string_view term) const;
  void settle_idf(std::span<const int64_t> document_frequency);

  TextOptions options_;
  int64_t num_documents_ = 0;
  Vocabulary terms_;
  std::vector<float> idf_;
};

/// Counts the terms of training documents. All terms stay in memory until finish(), rare ones too.
class TextFitter {
 public:
  explicit TextFitter(const TextOptions& options);

  /// Takes one training document, valid UTF-8.
  void add(std::string_view document);

  /// Makes the features that the documents added so far determine.
  ///   throws ValueError if no term is in min_df documents
  TextFeatures finish();

 private:
  struct TermCount {
    int64_t times = 0;
    int64_t documents = 0;
    int64_t last_document = -1;
  };

  std::vector<int64_t> chosen_terms() const;

  TextOptions options_;
  TermReader reader_;
  Vocabulary terms_;
  std::vector<TermCount> counts_;
  int64_t num_documents_ = 0;
};

}  // namespace spout
