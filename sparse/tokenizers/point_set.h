// The names of the sets of Unicode code points that tokenizers ask for.
#pragma once

#include <cstdint>

namespace spout {

enum class PointSet : uint8_t {
  kControl,      // Cc, Cf and Co, which BERT deletes, and U+FFFD; not tab and line ends
  kNonspacing,   // Mn, the accents that BERT deletes
  kMark,         // M*, the accents that StripAccents deletes
  kPunctuation,  // P*, and the symbols of ASCII
  kWord,         // \w of the Whitespace pre-tokenizer and of tokens that are single words
  kLetter,       // \p{L} of byte-level BPE
  kNumber,       // \p{N} of byte-level BPE
  kDigit,        // N*, what the Digits pre-tokenizer isolates
  kExtend,       // points that never begin a grapheme
};

}  // namespace spout
