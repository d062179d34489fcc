// UTF-8 and the tokeniser: what a word is, lower case, broken bytes, n-grams.
#include <string>
#include <vector>

#include "spout/sparse/text/terms.h"
#include "spout/sparse/text/unicode.h"
#include "spout/sparse/text/words.h"
#include "spout/tests/testing.h"

using namespace spout;
using namespace spout::testing;

namespace {

using Texts = std::vector<std::string>;

Texts words_of(std::string_view text, const WordOptions& options = {}) {
  Words words;
  words.split(text, options);
  Texts result;
  for (int64_t i = 0; i < words.size(); ++i)
    result.emplace_back(words[i]);
  return result;
}

Texts terms_of(std::string_view text, NgramRange ngrams, NgramRange char_ngrams) {
  TermReader reader({WordOptions(), ngrams, char_ngrams});
  Texts result;
  reader.read(text, [&](std::string_view term) { result.emplace_back(term); });
  return result;
}

std::string repaired(std::string_view text, int64_t broken) {
  std::string result = "untouched";
  CHECK(repair_utf8(text, result) == broken);
  return result;
}

}  // namespace

TEST_CASE("words: letters, digits and underscores of two characters and more, in lower case") {
  CHECK(words_of("The quick-brown FOX's x2 a _ __ 42!") ==
        Texts{"the", "quick", "brown", "fox", "x2", "__", "42"});
  CHECK(words_of("").empty());
  CHECK(words_of(" . a ! ").empty());
  CHECK(words_of("end") == Texts{"end"});
}

TEST_CASE("words: as they stand and of one character where asked for") {
  CHECK(words_of("The a Fox", {.lowercase = false, .min_chars = 1}) == Texts{"The", "a", "Fox"});
}

TEST_CASE("words: letters and numbers of any script") {
  // Ueber, Strasse with sharp s, two Han characters, Devanagari digits, a superscript 2
  CHECK(words_of("\xC3\x9C"
                 "BER Stra\xC3\x9F"
                 "e") == Texts{"\xC3\xBC"
                               "ber",
                               "stra\xC3\x9F"
                               "e"});
  CHECK(words_of("\xE6\x97\xA5\xE6\x9C\xAC\xE3\x80\x82\xE6\x9C\xAC") ==
        Texts{"\xE6\x97\xA5\xE6\x9C\xAC"});
  CHECK(words_of("\xE0\xA5\xA7\xE0\xA5\xA8") == Texts{"\xE0\xA5\xA7\xE0\xA5\xA8"});
  CHECK(words_of("m\xC2\xB2") == Texts{"m\xC2\xB2"});
}

TEST_CASE("words: characters are counted, not bytes") {
  CHECK(words_of("\xC3\xA9 \xC3\xA9\xC3\xA9") == Texts{"\xC3\xA9\xC3\xA9"});
}

TEST_CASE("words: a mark separates, as in scikit-learn") {
  CHECK(words_of("cafe\xCC\x81s") == Texts{"cafe"});
}

TEST_CASE("words: lower case of the dotted I and of sigma is Python's") {
  // The dotted I becomes i and a dot above, which is a mark: a word of one letter, then the rest.
  CHECK(words_of("\xC4\xB0stan") == Texts{"stan"});
  CHECK(words_of("\xCE\x9F\xCE\x94\xCE\x9F\xCE\xA3") ==
        Texts{"\xCE\xBF\xCE\xB4\xCE\xBF\xCF\x82"});    // final
  CHECK(words_of("_\xCE\xA3") == Texts{"_\xCF\x83"});  // no letter before it
  CHECK(words_of("\xCE\xA3\xCE\x9F\xCE\xA3\xCE\x9F") ==
        Texts{"\xCF\x83\xCE\xBF\xCF\x83\xCE\xBF"});  // first and within
}

TEST_CASE("words: broken bytes separate words") {
  CHECK(words_of("ab\xFF"
                 "cd") == Texts{"ab", "cd"});
  CHECK(words_of("ab\xC3") == Texts{"ab"});
}

TEST_CASE("utf8: each broken sequence becomes one U+FFFD, as in Python") {
  const std::string r = "\xEF\xBF\xBD";
  CHECK(repaired("plain", 0) == "untouched");
  CHECK(repaired("caf\xC3\xA9", 0) == "untouched");
  CHECK(repaired("\xF0\x9F\x98\x80", 0) == "untouched");
  CHECK(repaired("a\xFFz", 1) == "a" + r + "z");
  CHECK(repaired("a\xE2\x82z", 1) == "a" + r + "z");        // cut short: one
  CHECK(repaired("\xC0\xAF", 2) == r + r);                  // too long a form: each byte
  CHECK(repaired("\xED\xA0\x80", 3) == r + r + r);          // a surrogate
  CHECK(repaired("\xF4\x90\x80\x80", 4) == r + r + r + r);  // above U+10FFFF
  CHECK(repaired("\xF0\x9F\x98", 1) == r);                  // at the end
  CHECK(repaired("a\x80 some more ascii text", 1) == "a" + r + " some more ascii text");
}

TEST_CASE("terms: word n-grams are joined by blanks, whatever stood between") {
  CHECK(terms_of("to be, or", {1, 2}, {}) == Texts{"to", "be", "or", "to be", "be or"});
  CHECK(terms_of("to be, or", {2, 3}, {}) == Texts{"to be", "be or", "to be or"});
  CHECK(terms_of("to", {2, 3}, {}).empty());
}

TEST_CASE("terms: character n-grams keep punctuation and know where words end") {
  CHECK(terms_of("Ab. c", {}, {3, 4}) == Texts{"# ab", "#ab.", "#b. ", "# ab.", "#ab. ", "# c "});
  CHECK(terms_of("\xC3\xA9t\xC3\xA9", {}, {4, 4}) ==
        Texts{"# \xC3\xA9t\xC3\xA9", "#\xC3\xA9t\xC3\xA9 "});
}

TEST_CASE("terms: a word shorter than every n is named once") {
  CHECK(terms_of("a", {}, {3, 5}) == Texts{"# a "});
  CHECK(terms_of("a", {}, {4, 5}) == Texts{"# a "});
  CHECK(terms_of(" \t ", {}, {1, 2}).empty());
}

TEST_CASE("terms: words and characters may be combined") {
  CHECK(terms_of("a bc", {1, 1}, {4, 4}) == Texts{"bc", "# a ", "# bc "});
}

TEST_CASE("terms: the hash is fixed") {
  CHECK(term_hash("") == 0xEFD01F60BA992926);
  CHECK(term_hash("a") == 0x82A2A958A9BECE5B);
}
