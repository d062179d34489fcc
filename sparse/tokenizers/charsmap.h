// The rules of text that a SentencePiece model carries, such as NFKC with changes: a double-array
// trie of what is replaced, and the texts that replace it, separated by NUL.
// Source: S. Yata's darts-clone, whose arrays SentencePiece writes as they are.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spout/sparse/tokenizers/normalizer.h"

namespace spout {

class Charsmap {
 public:
  /// Replaces nothing.
  Charsmap() = default;

  /// Reads the bytes of a map: the size of the trie, the trie, the texts.
  ///   throws ValueError "expected ..., found ..."
  explicit Charsmap(std::string_view bytes);

  bool empty() const { return units_.empty(); }

  struct Match {
    size_t length = 0;  // of what is replaced; 0: nothing
    std::string_view by{};
  };

  /// The rule for the longest beginning of `text` that has one, as in SentencePiece.
  Match longest(std::string_view text) const { return find(text, true); }

  /// The rule for the shortest beginning, which `tokenizers` applies.
  Match shortest(std::string_view text) const { return find(text, false); }

 private:
  Match find(std::string_view text, bool longest) const;

  std::vector<uint32_t> units_;
  std::string texts_;
};

/// The normalizer "Precompiled" of `tokenizers`. It replaces whole graphemes of less than six
/// bytes, by the rule for any beginning of them, and else characters.
class PrecompiledNormalizer final : public Normalizer {
 public:
  explicit PrecompiledNormalizer(Charsmap map) : map_(std::move(map)) {}

  void append(std::string_view text, std::string& out) const override;

 private:
  Charsmap map_;
};

/// Decodes base64.
///   throws ValueError "expected ..., found ..."
std::string decode_base64(std::string_view text);

}  // namespace spout
