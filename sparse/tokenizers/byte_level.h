// The pre-tokenizer of GPT-2 and RoBERTa. It cuts by the pattern
//   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
// and writes each byte as a printable character of its own, so that no text has unknown ones.
#pragma once

#include <string>
#include <string_view>

#include "spout/sparse/tokenizers/pre_tokenizer.h"

namespace spout {

class ByteLevelPreTokenizer final : public PreTokenizer {
 public:
  /// add_prefix_space  puts a blank before a text that begins with none
  /// use_regex         cuts by the pattern; else the text stays whole
  ByteLevelPreTokenizer(bool add_prefix_space, bool use_regex)
      : add_prefix_space_(add_prefix_space), use_regex_(use_regex) {}

  void split(std::string_view text, bool opens, Pieces& out) const override;

 private:
  bool add_prefix_space_;
  bool use_regex_;
};

/// Appends the characters that stand for the bytes of `text`.
void append_byte_characters(std::string_view text, std::string& out);

}  // namespace spout
