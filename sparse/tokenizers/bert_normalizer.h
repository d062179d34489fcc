// BERT's normalizer: deletes control characters, makes all white space blanks, puts blanks around
// Chinese characters, deletes accents, and makes lower case, each if asked for.
#pragma once

#include <string>
#include <string_view>

#include "spout/sparse/tokenizers/normalizer.h"

namespace spout {

class BertNormalizer final : public Normalizer {
 public:
  struct Options {
    bool clean_text = true;
    bool chinese_chars = true;
    bool strip_accents = true;
    bool lowercase = true;
  };

  explicit BertNormalizer(const Options& options) : options_(options) {}

  void append(std::string_view text, std::string& out) const override;

 private:
  bool append_ascii(const char*& at, const char* end, std::string& out) const;
  void append_cleaned(std::string_view text, std::string& out) const;
  void append_stripped(std::string_view text, std::string& out) const;

  Options options_;
};

}  // namespace spout
