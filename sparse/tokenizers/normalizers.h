// The simple normalizers of `tokenizers`, named as there.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spout/sparse/tokenizers/normal_form.h"
#include "spout/sparse/tokenizers/normalizer.h"

namespace spout {

/// Applies several normalizers, one after the other.
///   throws ValueError if they make more than a thousand bytes of one
class SequenceNormalizer final : public Normalizer {
 public:
  explicit SequenceNormalizer(std::vector<NormalizerPtr> parts) : parts_(std::move(parts)) {}
  void append(std::string_view text, std::string& out) const override;

 private:
  std::vector<NormalizerPtr> parts_;
};

/// NFC, NFD, NFKC or NFKD.
class FormNormalizer final : public Normalizer {
 public:
  explicit FormNormalizer(NormalForm form) : form_(form) {}
  void append(std::string_view text, std::string& out) const override {
    append_normal_form(text, form_, out);
  }

 private:
  NormalForm form_;
};

/// Lower case, character by character: a sigma that ends a word is like any other.
class LowercaseNormalizer final : public Normalizer {
 public:
  void append(std::string_view text, std::string& out) const override;
};

/// Deletes all marks.
class StripAccentsNormalizer final : public Normalizer {
 public:
  void append(std::string_view text, std::string& out) const override;
};

/// Deletes white space at the ends.
class StripNormalizer final : public Normalizer {
 public:
  StripNormalizer(bool left, bool right) : left_(left), right_(right) {}
  void append(std::string_view text, std::string& out) const override;

 private:
  bool left_;
  bool right_;
};

/// Puts a text before every text that is not empty.
class PrependNormalizer final : public Normalizer {
 public:
  explicit PrependNormalizer(std::string prefix) : prefix_(std::move(prefix)) {}
  void append(std::string_view text, std::string& out) const override;

 private:
  std::string prefix_;
};

/// Replaces every occurrence of a text; of two or more of them, if `runs` is set, all at once.
class ReplaceNormalizer final : public Normalizer {
 public:
  ReplaceNormalizer(std::string what, std::string by, bool runs)
      : what_(std::move(what)), by_(std::move(by)), runs_(runs) {}
  void append(std::string_view text, std::string& out) const override;

 private:
  std::string what_;
  std::string by_;
  bool runs_;
};

/// Appends a character in lower case.
void append_lower_case(char32_t point, std::string& out);

}  // namespace spout
