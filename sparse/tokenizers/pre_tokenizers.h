// The simple pre-tokenizers of `tokenizers`, named as there. byte_level.h holds one more.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spout/sparse/tokenizers/pre_tokenizer.h"
#include "spout/sparse/tokenizers/splitting.h"

namespace spout {

/// Each pre-tokenizer cuts the pieces of the one before.
class SequencePreTokenizer final : public PreTokenizer {
 public:
  explicit SequencePreTokenizer(std::vector<PreTokenizerPtr> parts) : parts_(std::move(parts)) {}
  void split(std::string_view text, bool opens, Pieces& out) const override;

 private:
  std::vector<PreTokenizerPtr> parts_;
};

/// White space separates; each punctuation mark is a piece.
class BertPreTokenizer final : public PreTokenizer {
 public:
  void split(std::string_view text, bool opens, Pieces& out) const override;
};

/// The matches of \w+|[^\w\s]+.
class WhitespacePreTokenizer final : public PreTokenizer {
 public:
  void split(std::string_view text, bool opens, Pieces& out) const override;
};

/// White space separates.
class WhitespaceSplitPreTokenizer final : public PreTokenizer {
 public:
  void split(std::string_view text, bool opens, Pieces& out) const override;
};

/// Cuts at each character of a set.
class PointPreTokenizer final : public PreTokenizer {
 public:
  PointPreTokenizer(bool (*is_match)(char32_t), SplitBehavior behavior)
      : is_match_(is_match), behavior_(behavior) {}
  void split(std::string_view text, bool opens, Pieces& out) const override;

 private:
  bool (*is_match_)(char32_t);
  SplitBehavior behavior_;
};

/// Cuts at each occurrence of a text; with `invert`, everything else is the match.
class LiteralPreTokenizer final : public PreTokenizer {
 public:
  LiteralPreTokenizer(std::string literal, SplitBehavior behavior, bool invert)
      : literal_(std::move(literal)), behavior_(behavior), invert_(invert) {}
  void split(std::string_view text, bool opens, Pieces& out) const override;

 private:
  std::string literal_;
  SplitBehavior behavior_;
  bool invert_;
};

enum class PrependScheme : uint8_t { kAlways, kFirst, kNever };

/// SentencePiece's way with blanks: each becomes a mark that begins a piece.
class MetaspacePreTokenizer final : public PreTokenizer {
 public:
  MetaspacePreTokenizer(std::string mark, PrependScheme scheme, bool splits)
      : mark_(std::move(mark)), scheme_(scheme), splits_(splits) {}
  void split(std::string_view text, bool opens, Pieces& out) const override;

 private:
  std::string mark_;
  PrependScheme scheme_;
  bool splits_;
};

}  // namespace spout
