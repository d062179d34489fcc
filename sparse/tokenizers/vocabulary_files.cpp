#include "spout/sparse/tokenizers/vocabulary_files.h"

#include <fmt/format.h>

#include <array>
#include <memory>
#include <string_view>
#include <utility>

#include "spout/sparse/base/error.h"
#include "spout/sparse/files/io/input_file.h"
#include "spout/sparse/files/io/json_part.h"
#include "spout/sparse/tokenizers/bert_normalizer.h"
#include "spout/sparse/tokenizers/bpe.h"
#include "spout/sparse/tokenizers/byte_level.h"
#include "spout/sparse/tokenizers/pre_tokenizers.h"
#include "spout/sparse/tokenizers/quoted_token.h"
#include "spout/sparse/tokenizers/read_model.h"
#include "spout/sparse/tokenizers/word_piece.h"

namespace spout {
namespace {

// Calls `use(line, number)` for each line of a file, without \r and \n.
template <class Use>
void for_each_line(std::string_view text, Use&& use) {
  for (int64_t number = 1; !text.empty(); ++number) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    use(line, number);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

void add_special(TokenizerParts& parts, const std::string& content) {
  const int64_t id = parts.model->find(content);
  if (id < 0 || content.empty() || parts.added_ids.find(content) >= 0) return;
  AddedToken token;
  token.content = content;
  token.id = id;
  token.normalized = false;
  token.special = true;
  token.lstrip = content == "<mask>";
  parts.add(std::move(token));
}

int64_t required(const std::string& path, int64_t id, const std::string& token) {
  if (id < 0)
    throw FileError(
        fmt::format("{}: expected the token {}, found none", path, quoted_token(token)));
  return id;
}

}  // namespace

TokenizerParts read_bert_vocabulary(const std::string& path, const TokenizerConfig& config) {
  PieceTable pieces;
  const std::string text = read_whole_file(path);
  for_each_line(text, [&](std::string_view line, int64_t number) { pieces.set(line, number - 1); });
  const auto id_of = [&](const char* role, const char* usual) {
    const std::string token = config.token(role, usual);
    return required(path, pieces.find(token), token);
  };
  WordPiece::Options options;
  options.unknown = id_of("unk_token", "[UNK]");
  TokenizerParts parts;
  parts.ends = {{id_of("cls_token", "[CLS]")}, {id_of("sep_token", "[SEP]")}};
  BertNormalizer::Options normalizer;
  normalizer.lowercase = config.lowercase;
  normalizer.chinese_chars = config.chinese_chars;
  normalizer.strip_accents = config.strip_accents.value_or(config.lowercase);
  parts.normalizer = std::make_unique<BertNormalizer>(normalizer);
  parts.pre_tokenizer = std::make_unique<BertPreTokenizer>();
  parts.model = std::make_unique<WordPiece>(std::move(pieces), options);
  for (const auto& [role, usual] : {std::pair("unk_token", "[UNK]"),
                                    {"sep_token", "[SEP]"},
                                    {"pad_token", "[PAD]"},
                                    {"cls_token", "[CLS]"},
                                    {"mask_token", "[MASK]"}}) {
    add_special(parts, config.token(role, usual));
  }
  return parts;
}

TokenizerParts read_byte_level_bpe(const std::string& vocabulary, const std::string& merges,
                                   const TokenizerConfig& config) {
  const JsonFile file(vocabulary);
  PieceTable pieces = read_piece_table(file.part("the vocabulary"));
  MergeReader reader(pieces, "");
  const std::string text = read_whole_file(merges);
  for_each_line(text, [&](std::string_view line, int64_t number) {
    if (!line.empty()) reader.add_line(fmt::format("{}:{}", merges, number), line);
  });
  MergeTable table = reader.finish();
  TokenizerParts parts;
  parts.pre_tokenizer = std::make_unique<ByteLevelPreTokenizer>(config.add_prefix_space, true);
  const int64_t first = pieces.find(config.token("cls_token", "<s>"));
  const int64_t last = pieces.find(config.token("sep_token", "</s>"));
  if (first >= 0 && last >= 0) parts.ends = {{first}, {last}};
  parts.model = std::make_unique<Bpe>(std::move(pieces), std::move(table), Bpe::Options());
  constexpr std::array<const char*, 6> kUsual = {"<s>",   "</s>",   "<unk>",
                                                 "<pad>", "<mask>", "<|endoftext|>"};
  for (const char* token : kUsual)
    add_special(parts, token);
  for (const auto& [role, token] : config.tokens)
    add_special(parts, token);
  return parts;
}

}  // namespace spout
