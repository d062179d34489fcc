#include "spout/sparse/tokenizers/sentence_piece.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "spout/sparse/base/error.h"
#include "spout/sparse/files/io/input_file.h"
#include "spout/sparse/tokenizers/quoted_token.h"
#include "spout/sparse/tokenizers/sentence_piece_bpe.h"
#include "spout/sparse/tokenizers/sentence_piece_file.h"
#include "spout/sparse/tokenizers/sentence_piece_normalizer.h"
#include "spout/sparse/tokenizers/unigram.h"

namespace spout {
namespace {

constexpr float kUnknownPenalty = 10;
constexpr double kUserDefinedPenalty = 0.1;

int64_t find_unknown(const std::string& path, const SentencePieceFile& file) {
  int64_t unknown = -1;
  PieceTable seen;
  for (size_t id = 0; id < file.pieces.size(); ++id) {
    const SentencePiece& piece = file.pieces[id];
    if (seen.find(piece.text) >= 0) {
      throw FileError(fmt::format("{}: expected different pieces, found {} twice", path,
                                  quoted_token(piece.text)));
    }
    seen.set(piece.text, static_cast<int64_t>(id));
    if (piece.type != SentencePieceType::kUnknown) continue;
    if (unknown >= 0) throw FileError(path + ": expected one unknown piece, found two");
    unknown = static_cast<int64_t>(id);
  }
  if (unknown < 0) throw FileError(path + ": expected an unknown piece, found none");
  return unknown;
}

bool is_found_in_text(SentencePieceType type) {
  return type == SentencePieceType::kNormal || type == SentencePieceType::kUserDefined;
}

TokenModelPtr make_unigram(const SentencePieceFile& file, int64_t unknown) {
  UnigramTokens tokens;
  float least = std::numeric_limits<float>::max();
  float most = std::numeric_limits<float>::min();
  for (const SentencePiece& piece : file.pieces) {
    if (piece.type != SentencePieceType::kNormal) continue;
    least = std::min(least, piece.score);
    most = std::max(most, piece.score);
  }
  for (const SentencePiece& piece : file.pieces) {
    double score = piece.score;
    if (piece.type == SentencePieceType::kUserDefined) {
      score =
          static_cast<double>(static_cast<float>(piece.text.size()) * most) - kUserDefinedPenalty;
    }
    tokens.pieces.set(piece.text, static_cast<int64_t>(tokens.scores.size()));
    tokens.scores.push_back(score);
    tokens.found_in_text.push_back(is_found_in_text(piece.type));
  }
  tokens.unknown_score = least - kUnknownPenalty;
  tokens.unknown = unknown;
  tokens.byte_fallback = file.byte_fallback;
  tokens.single_precision = true;
  tokens.fused_may_be_token = false;
  return std::make_unique<Unigram>(std::move(tokens));
}

NormalizerPtr make_normalizer(const std::string& path, const SentencePieceFile& file) {
  ByteTrie user_defined;
  for (const SentencePiece& piece : file.pieces) {
    if (piece.type == SentencePieceType::kUserDefined) user_defined.set(piece.text, 0);
  }
  try {
    return std::make_unique<SentencePieceNormalizer>(
        Charsmap(file.charsmap), std::move(user_defined),
        SentencePieceNormalizer::Options{file.add_dummy_prefix, file.remove_extra_whitespaces,
                                         file.escape_whitespaces});
  } catch (const ValueError& error) {
    throw FileError(path + ": precompiled_charsmap: " + error.what());
  }
}

void check_kind(const std::string& path, const SentencePieceFile& file) {
  if (file.model_type != SentencePieceFile::kUnigram &&
      file.model_type != SentencePieceFile::kBpe) {
    std::string found = std::to_string(file.model_type);
    if (file.model_type == SentencePieceFile::kWord) found = "word";
    if (file.model_type == SentencePieceFile::kChar) found = "char";
    throw FileError(fmt::format("{}: expected a model of unigram or bpe, found {}", path, found));
  }
  if (file.whitespace_as_suffix) {
    throw FileError(path + ": expected white space before words, found it behind them");
  }
}

}  // namespace

TokenizerParts read_sentence_piece(const std::string& path) {
  const SentencePieceFile file = read_sentence_piece_file(path, read_whole_file(path));
  check_kind(path, file);
  const int64_t unknown = find_unknown(path, file);
  TokenizerParts parts;
  parts.normalizer = make_normalizer(path, file);
  if (file.model_type == SentencePieceFile::kUnigram) {
    parts.model = make_unigram(file, unknown);
  } else {
    parts.model = std::make_unique<SentencePieceBpe>(file, unknown);
  }
  return parts;
}

}  // namespace spout
