#include "spout/sparse/tokenizers/read_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <memory>
#include <utility>

#include "spout/sparse/base/error.h"
#include "spout/sparse/tokenizers/bpe.h"
#include "spout/sparse/tokenizers/quoted_token.h"
#include "spout/sparse/tokenizers/unigram.h"
#include "spout/sparse/tokenizers/word_piece.h"

namespace spout {
namespace {

constexpr int64_t kSparsestIds = 1000;  // ids for each token, so that a typing error is seen
constexpr double kUnknownPenalty = 10;

int64_t id_of_unknown(const JsonPart& part, const PieceTable& pieces) {
  const JsonPart token = part.at("unk_token");
  const int64_t id = pieces.find(token.text());
  if (id < 0) token.refuse("an unk_token of the vocabulary");
  return id;
}

TokenModelPtr read_word_piece(const JsonPart& part) {
  PieceTable pieces = read_piece_table(part.at("vocab"));
  WordPiece::Options options;
  options.prefix = part.text("continuing_subword_prefix", "##");
  if (part.has("max_input_chars_per_word")) {
    options.max_chars = part.at("max_input_chars_per_word").id();
  }
  options.unknown = id_of_unknown(part, pieces);
  return std::make_unique<WordPiece>(std::move(pieces), options);
}

MergeTable read_merges(const JsonPart& part, const PieceTable& pieces, const std::string& prefix) {
  MergeReader reader(pieces, prefix);
  for (const Json& merge : part.json()) {
    if (merge.is_string()) {
      reader.add_line(part.path(), merge.get_ref<const std::string&>());
    } else if (merge.is_array() && merge.size() == 2 && merge[0].is_string() &&
               merge[1].is_string()) {
      reader.add(part.path(), merge[0].get_ref<const std::string&>(),
                 merge[1].get_ref<const std::string&>());
    } else {
      JsonPart(part.path(), "a merge", merge).refuse("two tokens as a merge");
    }
  }
  return reader.finish();
}

TokenModelPtr read_bpe(const JsonPart& part) {
  PieceTable pieces = read_piece_table(part.at("vocab"));
  Bpe::Options options;
  options.prefix = part.text("continuing_subword_prefix", "");
  options.suffix = part.text("end_of_word_suffix", "");
  options.fuse_unknown = part.flag("fuse_unk", false);
  options.byte_fallback = part.flag("byte_fallback", false);
  options.ignore_merges = part.flag("ignore_merges", false);
  if (part.has("unk_token")) options.unknown = id_of_unknown(part, pieces);
  const JsonPart merges = part.at("merges");
  if (!merges.json().is_array()) merges.refuse("a list as " + merges.name());
  MergeTable table = read_merges(merges, pieces, options.prefix);
  return std::make_unique<Bpe>(std::move(pieces), std::move(table), options);
}

// Ten to a power from 0 to 308, correctly rounded.
double power_of_ten(int exponent) {
  const std::string text = fmt::format("1e{}", exponent);
  double power = 1;
  std::from_chars(text.data(), text.data() + text.size(), power);
  return power;
}

// `tokenizers` reads "-9.123" as 9123 / 10^3, which is rounded twice if the digits are more
// than 15. The last bit decides between ways to cut a text whose sums of scores are equal.
double as_read_by_tokenizers(double value) {
  constexpr int kLargestExponent = 308;
  std::array<char, 32> text{};
  const auto written = std::to_chars(text.data(), text.data() + text.size(), std::abs(value),
                                     std::chars_format::scientific);
  const char* const mark = std::find(text.data(), written.ptr, 'e');  // "9.123e+00"
  uint64_t digits = 0;
  for (const char* at = text.data(); at != mark; ++at) {
    if (*at != '.') digits = digits * 10 + static_cast<uint64_t>(*at - '0');
  }
  int exponent = 0;
  std::from_chars(mark + 2, written.ptr, exponent);
  if (mark[1] == '-') exponent = -exponent;
  exponent -= static_cast<int>(std::max<std::ptrdiff_t>(mark - text.data() - 2, 0));
  auto result = static_cast<double>(digits);
  for (; exponent < -kLargestExponent; exponent += kLargestExponent)
    result /= power_of_ten(kLargestExponent);
  const double power = power_of_ten(std::abs(exponent));
  return std::copysign(exponent < 0 ? result / power : result * power, value);
}

TokenModelPtr read_unigram(const JsonPart& part) {
  UnigramTokens tokens;
  const JsonPart vocab = part.at("vocab");
  if (!vocab.json().is_array()) vocab.refuse("a list as " + vocab.name());
  double smallest = std::numeric_limits<double>::infinity();
  for (const Json& entry : vocab.json()) {
    const JsonPart pair(part.path(), "a token", entry);
    if (!entry.is_array() || entry.size() != 2 || !entry[0].is_string()) {
      pair.refuse("[token, score] in the vocabulary");
    }
    const double score = as_read_by_tokenizers(JsonPart(part.path(), "a score", entry[1]).number());
    if (!std::isfinite(score)) pair.refuse("finite scores in the vocabulary");
    tokens.pieces.set(entry[0].get_ref<const std::string&>(),
                      static_cast<int64_t>(tokens.scores.size()));
    tokens.scores.push_back(score);
    smallest = std::min(smallest, score);
  }
  tokens.found_in_text.assign(tokens.scores.size(), true);
  tokens.unknown_score = smallest - kUnknownPenalty;
  const JsonPart unknown = part.at("unk_id");
  tokens.unknown = unknown.id();
  if (tokens.unknown >= static_cast<int64_t>(tokens.scores.size())) {
    unknown.refuse(fmt::format("an unk_id below {}", tokens.scores.size()));
  }
  tokens.byte_fallback = part.flag("byte_fallback", false);
  return std::make_unique<Unigram>(std::move(tokens));
}

struct Entry {
  std::string_view name;
  TokenModelPtr (*read)(const JsonPart& part);
};

constexpr std::array<Entry, 3> kModels = {{
    {"BPE", &read_bpe},
    {"Unigram", &read_unigram},
    {"WordPiece", &read_word_piece},
}};

}  // namespace

TokenModelPtr read_token_model(const JsonPart& part) {
  // Files of the first versions name no type.
  if (!part.has("type") && part.has("merges")) return read_bpe(part);
  if (!part.has("type") && part.has("unk_id")) return read_unigram(part);
  if (!part.has("type") && part.has("max_input_chars_per_word")) return read_word_piece(part);
  return find_by_type(kModels, part, "a model").read(part);
}

PieceTable read_piece_table(const JsonPart& part) {
  if (!part.json().is_object()) part.refuse("an object as " + part.name());
  PieceTable pieces;
  for (const auto& [token, id] : part.json().items())
    pieces.set(token, JsonPart(part.path(), "the id of a token", id).id());
  if (pieces.end() > kSparsestIds * pieces.size()) {
    throw FileError(fmt::format("{}: expected ids of {} tokens, found {}", part.path(),
                                pieces.size(), pieces.end() - 1));
  }
  return pieces;
}

int64_t MergeReader::id_of(const std::string& where, std::string_view token) const {
  const int64_t id = pieces_.find(token);
  if (id < 0) {
    throw FileError(
        fmt::format("{}: expected merges of tokens, found {}", where, quoted_token(token)));
  }
  return id;
}

void MergeReader::add(const std::string& where, std::string_view left, std::string_view right) {
  const int64_t left_id = id_of(where, left);
  const int64_t right_id = id_of(where, right);
  std::string joined(left);
  joined += right.substr(std::min(prefix_.size(), right.size()));
  merges_.set(left_id, right_id, {rank_++, id_of(where, joined)});
}

void MergeReader::add_line(const std::string& where, std::string_view line) {
  if (line.starts_with("#version")) return;
  const size_t blank = line.find(' ');
  if (blank == std::string_view::npos || line.find(' ', blank + 1) != std::string_view::npos) {
    throw FileError(
        fmt::format("{}: expected two tokens as a merge, found {}", where, quoted_token(line)));
  }
  add(where, line.substr(0, blank), line.substr(blank + 1));
}

}  // namespace spout
