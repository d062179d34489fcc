// Documents as data sets: labels by name, words as features. What the training documents settle is
// kept in the schema, and later documents are read by it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/options/option.h"
#include "sparse/batch/dataset.h"
#include "sparse/files/line_reader.h"
#include "sparse/text/text_features.h"

namespace spout {

struct DataSchema;

/// How training documents become features: options as on the command line.
struct TextFlags {
  std::string input = "auto";      // auto|tfidf|tokens; auto: tfidf where nobody knows better
  std::vector<int64_t> ngrams{1};  // first,last; one number is both; 0: no words
  std::vector<int64_t> char_ngrams{0};
  int64_t min_df = 1;
  int64_t max_features = 0;
  int64_t hash_bits = 0;
  int64_t max_length = 512;
  bool sublinear_tf = false;

  // No options: rows that split_rows() holds back of the training documents teach no words.
  double held_back = 0.0;
  uint64_t seed = 0;
};

/// The group "text" of --help.
std::vector<Option> text_options(TextFlags& flags);

/// Throws UserError on flags that make no sense, alone or together.
void check_text_flags(const TextFlags& flags);

/// Throws UserError "--flag: reason" where a flag is neither as it was settled nor left alone.
void refuse_text_flags(TextFlags flags, const std::string& reason, TextFlags settled = {});

/// Why flags are refused where the data have another format; empty: they are a pair of matrices.
std::string not_text(const std::string& data, const std::string& format);

/// Reads an unread text of documents. Says on stderr what was broken. Labels that a schema does not
/// know are numbered after those it knows.
///   schema       may be null: these documents settle words and labels then
///   learned      (may be null) is given what they settle
///   tells_missed whether to say on stderr that labels the schema does not know count as missed
///   throws FileError or UserError
Dataset read_text_dataset(LineReader& reader, const TextFlags& flags, const DataSchema* schema,
                          DataSchema* learned, bool tells_missed);

/// What a run reads texts as, in a line for people.
std::string text_features_line(const TextFeatures& text);

}  // namespace spout
