// The .model file of SentencePiece: a protobuf message, read here field by field, since its library
// would bring a second protobuf into a process that has LibTorch's.
// Source: sentencepiece_model.proto of github.com/google/sentencepiece.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spout {

enum class SentencePieceType : uint8_t {
  kNormal = 1,
  kUnknown = 2,
  kControl = 3,
  kUserDefined = 4,
  kUnused = 5,
  kByte = 6,
};

struct SentencePiece {
  std::string text{};
  float score = 0;
  SentencePieceType type = SentencePieceType::kNormal;
};

struct SentencePieceFile {
  enum Kind : uint8_t { kUnigram = 1, kBpe = 2, kWord = 3, kChar = 4 };

  std::vector<SentencePiece> pieces{};  // by id
  uint64_t model_type = kUnigram;
  bool byte_fallback = false;
  bool whitespace_as_suffix = false;
  std::string charsmap{};
  bool add_dummy_prefix = true;
  bool remove_extra_whitespaces = true;
  bool escape_whitespaces = true;
};

/// Reads the bytes of a .model file.
///   path   for errors      throws FileError
SentencePieceFile read_sentence_piece_file(const std::string& path, std::string_view bytes);

}  // namespace spout
