// The readers of tokenizers. A tokenizer that could be read cuts some texts, since its tries and
// tables come from the file as well.
#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

#include "spout/sparse/tokenizers/tokenizer.h"
#include "spout/tests/fuzz/parts.h"
#include "spout/tests/fuzz/readers.h"

namespace spout::fuzz {
namespace {

constexpr std::array<std::string_view, 4> kTexts = {
    "", "The sparse  outputs' 12 [MASK]<s>\n", "caf\xC3\xA9 \xE4\xB8\xAD\xE6\x96\x87 a\xCC\x81\t",
    "\xF0\x9F\x98\x80 \xEF\xAC\x81 ab ab aaaaaaaa"};

void check_tokenizer(const std::string& path) {
  const auto tokenizer = load_tokenizer(path);
  std::vector<int64_t> ids;
  for (const std::string_view text : kTexts) {
    for (const int64_t most : {0, 1, 5}) {
      ids.clear();
      tokenizer->encode(text, most, ids);
      if (most > 0 && std::ssize(ids) > most) throw std::logic_error("a text is not cut");
      const bool in_range = std::ranges::all_of(
          ids, [&](int64_t id) { return id >= 0 && id < tokenizer->vocabulary(); });
      if (!in_range) throw std::logic_error("an id is not below vocabulary()");
    }
  }
  if (tokenizer->padding() < 0 || tokenizer->padding() > tokenizer->vocabulary()) {
    throw std::logic_error("the padding's id is out of range");
  }
}

void forget_settings(const Scratch& scratch) {
  scratch.remove("tokenizer_config.json");
}

void read_tokenizer(const Scratch& scratch, std::string_view input) {
  forget_settings(scratch);
  check_tokenizer(scratch.write("tokenizer.json", input));
}

void read_sentence_piece(const Scratch& scratch, std::string_view input) {
  forget_settings(scratch);
  check_tokenizer(scratch.write("tokenizer.model", input));
}

// Part a is vocab.txt, b tokenizer_config.json.
void read_vocabulary(const Scratch& scratch, std::string_view input) {
  forget_settings(scratch);
  const std::string_view settings = find_part(input, 'b');
  if (!settings.empty()) scratch.write("tokenizer_config.json", settings);
  check_tokenizer(scratch.write("vocab.txt", find_part(input, 'a')));
}

// Part a is vocab.json, b merges.txt.
void read_merges(const Scratch& scratch, std::string_view input) {
  forget_settings(scratch);
  scratch.remove("tokenizer.json");
  scratch.remove("vocab.txt");
  scratch.write("merges.txt", find_part(input, 'b'));
  check_tokenizer(scratch.write("vocab.json", find_part(input, 'a')));
}

constexpr std::array<Reader, 4> kReaders = {{
    {"tokenizer", &read_tokenizer, 0},
    {"sentencepiece", &read_sentence_piece, 0},
    {"bert-vocabulary", &read_vocabulary, 0},
    {"byte-level-bpe", &read_merges, 0},
}};

}  // namespace

std::span<const Reader> tokenizer_readers() {
  return kReaders;
}

}  // namespace spout::fuzz
