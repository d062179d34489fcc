// The table names what can stand in a file; each line's function reads its settings.
#include "spout/sparse/tokenizers/read_pre_tokenizer.h"

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spout/sparse/tokenizers/byte_level.h"
#include "spout/sparse/tokenizers/point_sets.h"
#include "spout/sparse/tokenizers/pre_tokenizers.h"
#include "spout/sparse/tokenizers/read_normalizer.h"

namespace spout {
namespace {

template <class Value>
struct Named {
  std::string_view name;
  Value value;
};

constexpr std::array<Named<SplitBehavior>, 5> kBehaviors = {{
    {"Removed", SplitBehavior::kRemoved},
    {"Isolated", SplitBehavior::kIsolated},
    {"MergedWithPrevious", SplitBehavior::kMergedWithPrevious},
    {"MergedWithNext", SplitBehavior::kMergedWithNext},
    {"Contiguous", SplitBehavior::kContiguous},
}};

constexpr std::array<Named<PrependScheme>, 3> kSchemes = {{
    {"always", PrependScheme::kAlways},
    {"first", PrependScheme::kFirst},
    {"never", PrependScheme::kNever},
}};

template <class Table>
auto named_value(const Table& table, const JsonPart& part) {
  std::string known;
  for (const auto& entry : table) {
    if (part.json() == entry.name) return entry.value;
    known += (known.empty() ? "" : ", ") + std::string(entry.name);
  }
  part.refuse(part.name() + " of " + known);
}

bool is_punctuation(char32_t point) {
  return is_in(PointSet::kPunctuation, point);
}
bool is_digit(char32_t point) {
  return is_in(PointSet::kDigit, point);
}

template <class Simple>
PreTokenizerPtr read_simple(const JsonPart& /*part*/, int /*depth*/) {
  return std::make_unique<Simple>();
}

PreTokenizerPtr read_punctuation(const JsonPart& part, int /*depth*/) {
  const auto behavior = part.has("behavior") ? named_value(kBehaviors, part.at("behavior"))
                                             : SplitBehavior::kIsolated;
  return std::make_unique<PointPreTokenizer>(&is_punctuation, behavior);
}

PreTokenizerPtr read_digits(const JsonPart& part, int /*depth*/) {
  const bool single = part.flag("individual_digits", false);
  return std::make_unique<PointPreTokenizer>(
      &is_digit, single ? SplitBehavior::kIsolated : SplitBehavior::kContiguous);
}

PreTokenizerPtr read_split(const JsonPart& part, int /*depth*/) {
  const JsonPart pattern = part.at("pattern");
  LiteralPattern literal = read_pattern(pattern);
  if (literal.runs) pattern.refuse("a pattern of Split without operators");
  return std::make_unique<LiteralPreTokenizer>(std::move(literal.text),
                                               named_value(kBehaviors, part.at("behavior")),
                                               part.flag("invert", false));
}

PreTokenizerPtr read_byte_level(const JsonPart& part, int /*depth*/) {
  return std::make_unique<ByteLevelPreTokenizer>(part.flag("add_prefix_space", true),
                                                 part.flag("use_regex", true));
}

PreTokenizerPtr read_metaspace(const JsonPart& part, int /*depth*/) {
  const JsonPart replacement = part.at("replacement");
  std::string mark = replacement.text();
  if (mark.empty()) replacement.refuse("a character as " + replacement.name());
  const auto absent =
      part.flag("add_prefix_space", true) ? PrependScheme::kAlways : PrependScheme::kNever;
  const auto scheme =
      part.has("prepend_scheme") ? named_value(kSchemes, part.at("prepend_scheme")) : absent;
  return std::make_unique<MetaspacePreTokenizer>(std::move(mark), scheme, part.flag("split", true));
}

PreTokenizerPtr read_sequence(const JsonPart& part, int depth) {
  std::vector<PreTokenizerPtr> parts;
  for (const JsonPart& element : part.at("pretokenizers").elements())
    parts.push_back(read_pre_tokenizer(element, depth + 1));
  return std::make_unique<SequencePreTokenizer>(std::move(parts));
}

struct Entry {
  std::string_view name;
  PreTokenizerPtr (*read)(const JsonPart& part, int depth);
};

constexpr std::array<Entry, 9> kPreTokenizers = {{
    {"BertPreTokenizer", &read_simple<BertPreTokenizer>},
    {"ByteLevel", &read_byte_level},
    {"Digits", &read_digits},
    {"Metaspace", &read_metaspace},
    {"Punctuation", &read_punctuation},
    {"Sequence", &read_sequence},
    {"Split", &read_split},
    {"Whitespace", &read_simple<WhitespacePreTokenizer>},
    {"WhitespaceSplit", &read_simple<WhitespaceSplitPreTokenizer>},
}};

}  // namespace

PreTokenizerPtr read_pre_tokenizer(const JsonPart& part, int depth) {
  if (depth > kDeepestSequence) part.refuse("sequences of pre-tokenizers at most 8 deep");
  return find_by_type(kPreTokenizers, part, "a pre-tokenizer").read(part, depth);
}

}  // namespace spout
