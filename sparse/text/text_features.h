// Texts as features, settled by training documents and the same for all later ones: tf-idf of words
// and n-grams, or token numbers in reading order. The numbers are those of scikit-learn's
// TfidfVectorizer with norm=None: tf times (ln((1 + n) / (1 + df)) + 1). Terms are numbered by
// falling document frequency, so that the weights most used lie side by side.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sparse/batch/dataset.h"
#include "sparse/names/text_list.h"
#include "sparse/names/vocabulary.h"
#include "sparse/text/terms.h"

namespace spout {

struct TextOptions {
  TermOptions terms{};
  int64_t min_df = 1;         // documents that a term must be in
  int64_t max_features = 0;   // the terms named most often in all; 0: all of them
  int64_t hash_bits = 0;      // 0: a vocabulary; else a term's feature is its hash mod 2^bits
  bool sublinear_tf = false;  // 1 + ln(tf) in place of tf
  bool tokens = false;        // words in reading order in place of tf-idf
  int64_t max_length = 512;   // tokens kept of a document; 0: all
};

/// Throws ValueError "field: expected ..., found ..." on settings that make no sense.
void check_text_options(const TextOptions& options);

class TextFeatures {
 public:
  /// Nothing yet; see TextFitter and load().
  TextFeatures() = default;

  bool empty() const { return num_documents_ == 0; }
  const TextOptions& options() const { return options_; }

  /// n of the training documents.
  int64_t num_documents() const { return num_documents_; }

  /// D: terms, or 2^hash_bits; two more of tokens, for padding and unknown words.
  int64_t num_features() const;

  /// The term of each feature; of tokens feature t + 2 is term t. Empty where terms are hashed.
  const Vocabulary& terms() const { return terms_; }

  /// One for each term or hash; of tokens there are none.
  std::span<const float> idf() const { return idf_; }

  /// tf-idf of each document, of any length (see l2_normalize_rows); terms not known are dropped.
  ///   returns [n, D]        throws ValueError where the options ask for tokens
  Csr tfidf(const TextList& documents) const;

  /// The words of each document by number, unknown ones too, cut to max_length.
  ///   throws ValueError where the options ask for tf-idf
  TokenRows tokens(const TextList& documents) const;

  /// Whichever the options ask for.
  Features features(const TextList& documents) const;

  /// Writes text.json, and terms.txt and idf.npy where there are such, into a folder that is there;
  /// what an earlier save left is replaced.   throws FileError
  void save(const std::string& folder) const;

  /// Whether save() wrote there.
  static bool is_in(const std::string& folder);

  /// Reads what save() wrote.   throws FileError also where the files do not fit each other
  static TextFeatures load(const std::string& folder);

 private:
  friend class TextFitter;

  /// The number of a term in idf_, or -1.
  int64_t find(std::string_view term) const;
  void settle_idf(std::span<const int64_t> document_frequency);

  TextOptions options_;
  int64_t num_documents_ = 0;
  Vocabulary terms_;
  std::vector<float> idf_;
};

/// Counts the terms of training documents. All of them are in memory until finish(), those of few
/// documents as well.
class TextFitter {
 public:
  explicit TextFitter(const TextOptions& options);

  /// Takes one training document, valid UTF-8.
  void add(std::string_view document);

  /// What the documents so far settle.
  ///   throws ValueError where no term is in min_df of them
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
