// The model of a tokenizer.json: its vocabulary and how a word is cut into tokens.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "spout/sparse/files/io/json_part.h"
#include "spout/sparse/tokenizers/merge_table.h"
#include "spout/sparse/tokenizers/model.h"
#include "spout/sparse/tokenizers/piece_table.h"

namespace spout {

/// Reads a model.
///   throws FileError on damaged ones, and on kinds that spout does not have
TokenModelPtr read_token_model(const JsonPart& part);

/// Reads the ids of tokens, {"token": id}.
///   throws FileError on ids that are no whole numbers, or a thousand times their count
PieceTable read_piece_table(const JsonPart& part);

/// Collects the merges of tokens in the order of their ranks.
///   prefix   what a token that does not begin a word begins with
class MergeReader {
 public:
  MergeReader(const PieceTable& pieces, std::string prefix)
      : pieces_(pieces), prefix_(std::move(prefix)) {}

  /// Adds the merge of two tokens.
  ///   where   the file, and the line if it is text, for errors
  void add(const std::string& where, std::string_view left, std::string_view right);

  /// Adds the merge of a line "left right".
  void add_line(const std::string& where, std::string_view line);

  MergeTable finish() { return std::move(merges_); }

 private:
  int64_t id_of(const std::string& where, std::string_view token) const;

  const PieceTable& pieces_;
  std::string prefix_;
  MergeTable merges_;
  int64_t rank_ = 0;
};

}  // namespace spout
