// The table names what can stand in a file; each line's function reads its settings.
#include "spout/sparse/tokenizers/read_normalizer.h"

#include <array>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "spout/sparse/base/error.h"
#include "spout/sparse/tokenizers/bert_normalizer.h"
#include "spout/sparse/tokenizers/byte_level.h"
#include "spout/sparse/tokenizers/charsmap.h"
#include "spout/sparse/tokenizers/normalizers.h"

namespace spout {
namespace {

class ByteLevelNormalizer final : public Normalizer {
 public:
  void append(std::string_view text, std::string& out) const override {
    append_byte_characters(text, out);
  }
};

NormalizerPtr read_bert(const JsonPart& part, int /*depth*/) {
  BertNormalizer::Options options;
  options.clean_text = part.flag("clean_text", true);
  options.chinese_chars = part.flag("handle_chinese_chars", true);
  options.lowercase = part.flag("lowercase", true);
  options.strip_accents = part.flag("strip_accents", options.lowercase);
  return std::make_unique<BertNormalizer>(options);
}

template <NormalForm form>
NormalizerPtr read_form(const JsonPart& /*part*/, int /*depth*/) {
  return std::make_unique<FormNormalizer>(form);
}

template <class Simple>
NormalizerPtr read_simple(const JsonPart& /*part*/, int /*depth*/) {
  return std::make_unique<Simple>();
}

NormalizerPtr read_strip(const JsonPart& part, int /*depth*/) {
  return std::make_unique<StripNormalizer>(part.flag("strip_left", true),
                                           part.flag("strip_right", true));
}

NormalizerPtr read_replace(const JsonPart& part, int /*depth*/) {
  LiteralPattern pattern = read_pattern(part.at("pattern"));
  return std::make_unique<ReplaceNormalizer>(std::move(pattern.text), part.at("content").text(),
                                             pattern.runs);
}

NormalizerPtr read_prepend(const JsonPart& part, int /*depth*/) {
  return std::make_unique<PrependNormalizer>(part.at("prepend").text());
}

NormalizerPtr read_precompiled(const JsonPart& part, int /*depth*/) {
  if (!part.has("precompiled_charsmap")) return std::make_unique<PrecompiledNormalizer>(Charsmap());
  try {
    const std::string bytes = decode_base64(part.at("precompiled_charsmap").text());
    return std::make_unique<PrecompiledNormalizer>(Charsmap(bytes));
  } catch (const ValueError& error) {
    throw FileError(part.path() + ": precompiled_charsmap: " + error.what());
  }
}

NormalizerPtr read_sequence(const JsonPart& part, int depth) {
  std::vector<NormalizerPtr> parts;
  for (const JsonPart& element : part.at("normalizers").elements())
    parts.push_back(read_normalizer(element, depth + 1));
  return std::make_unique<SequenceNormalizer>(std::move(parts));
}

struct Entry {
  std::string_view name;
  NormalizerPtr (*read)(const JsonPart& part, int depth);
};

constexpr std::array<Entry, 13> kNormalizers = {{
    {"BertNormalizer", &read_bert},
    {"ByteLevel", &read_simple<ByteLevelNormalizer>},
    {"Lowercase", &read_simple<LowercaseNormalizer>},
    {"NFC", &read_form<NormalForm::kNfc>},
    {"NFD", &read_form<NormalForm::kNfd>},
    {"NFKC", &read_form<NormalForm::kNfkc>},
    {"NFKD", &read_form<NormalForm::kNfkd>},
    {"Precompiled", &read_precompiled},
    {"Prepend", &read_prepend},
    {"Replace", &read_replace},
    {"Sequence", &read_sequence},
    {"Strip", &read_strip},
    {"StripAccents", &read_simple<StripAccentsNormalizer>},
}};

}  // namespace

NormalizerPtr read_normalizer(const JsonPart& part, int depth) {
  if (depth > kDeepestSequence) part.refuse("sequences of normalizers at most 8 deep");
  return find_by_type(kNormalizers, part, "a normalizer").read(part, depth);
}

LiteralPattern read_pattern(const JsonPart& part) {
  if (part.has("String")) return {part.at("String").text(), false};
  const JsonPart regex = part.at("Regex");
  const std::string text = regex.text();
  constexpr std::string_view kTwoOrMore = "{2,}";
  constexpr std::string_view kOperators = "\\^$.|?*+()[]{}";
  const bool runs = std::string_view(text).ends_with(kTwoOrMore);
  const std::string letters = runs ? text.substr(0, text.size() - kTwoOrMore.size()) : text;
  const bool is_plain = letters.find_first_of(kOperators) == std::string::npos;
  if (!is_plain || (runs && letters.size() != 1)) {
    regex.refuse("a pattern without operators, or one letter and {2,}");
  }
  return {letters, runs};
}

}  // namespace spout
