// Which files make up a tokenizer. In a folder the first kind of the table that is complete counts.
#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <string_view>
#include <utility>

#include "spout/sparse/base/error.h"
#include "spout/sparse/tokenizers/sentence_piece.h"
#include "spout/sparse/tokenizers/tokenizer.h"
#include "spout/sparse/tokenizers/tokenizer_config.h"
#include "spout/sparse/tokenizers/tokenizer_json.h"
#include "spout/sparse/tokenizers/tokenizer_parts.h"
#include "spout/sparse/tokenizers/vocabulary_files.h"

namespace spout {
namespace {

namespace fs = std::filesystem;

using Files = std::vector<std::string>;

struct Kind {
  std::array<std::string_view, 2> files;  // of a folder
  std::string_view ending;                // of a file that is named itself
  TokenizerParts (*read)(const Files& files, const TokenizerConfig& config);
};

TokenizerParts read_json(const Files& files, const TokenizerConfig& /*config*/) {
  return read_tokenizer_json(files[0]);
}
TokenizerParts read_vocabulary(const Files& files, const TokenizerConfig& config) {
  return read_bert_vocabulary(files[0], config);
}
TokenizerParts read_merges(const Files& files, const TokenizerConfig& config) {
  return read_byte_level_bpe(files[0], files[1], config);
}
TokenizerParts read_model(const Files& files, const TokenizerConfig& /*config*/) {
  return read_sentence_piece(files[0]);
}

constexpr std::array<Kind, 7> kKinds = {{
    {{"tokenizer.json", ""}, ".json", &read_json},
    {{"vocab.txt", ""}, ".txt", &read_vocabulary},
    {{"vocab.json", "merges.txt"}, "", &read_merges},
    {{"tokenizer.model", ""}, ".model", &read_model},
    {{"sentencepiece.bpe.model", ""}, "", &read_model},
    {{"spiece.model", ""}, "", &read_model},
    {{"source.spm", ""}, ".spm", &read_model},
}};

struct Found {
  const Kind* kind;
  Files files;
  std::string folder;
};

[[noreturn]] void refuse(const std::string& path, std::string_view found) {
  throw FileError(
      fmt::format("{}: expected a tokenizer.json, a vocab.txt, vocab.json with "
                  "merges.txt, or a SentencePiece .model, found {}",
                  path, found));
}

Found find_in_folder(const fs::path& folder) {
  for (const Kind& kind : kKinds) {
    Files files;
    bool complete = true;
    for (const std::string_view name : kind.files) {
      if (name.empty()) continue;
      files.push_back((folder / name).string());
      complete &= fs::exists(files.back());
    }
    if (complete) return {&kind, std::move(files), folder.string()};
  }
  refuse(folder.string(), "none of them in the folder");
}

Found find_files(const std::string& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return find_in_folder(path);
  if (!fs::exists(path, ignored)) refuse(path, "no such file or folder");
  const fs::path file(path);
  for (const Kind& kind : kKinds) {
    if (!kind.ending.empty() && path.ends_with(kind.ending)) {
      // vocab.json and merges.txt are a pair, whichever of them is named.
      const bool is_pair = file.filename() == "vocab.json" || file.filename() == "merges.txt";
      if (is_pair) return find_in_folder(file.parent_path().empty() ? "." : file.parent_path());
      return {&kind, {path}, file.parent_path().string()};
    }
  }
  refuse(path, "another ending of its name");
}

}  // namespace

std::shared_ptr<const Tokenizer> load_tokenizer(const std::string& path) {
  const Found found = find_files(path);
  const TokenizerConfig config = read_tokenizer_config(found.folder);
  TokenizerParts parts = found.kind->read(found.files, config);
  apply_config(config, parts);
  try {
    return std::make_shared<Tokenizer>(std::move(parts));
  } catch (const ValueError& error) {
    throw FileError(found.files[0] + ": " + error.what());
  }
}

std::vector<std::string> tokenizer_files(const std::string& path) {
  Found found = find_files(path);
  const std::string config = tokenizer_config_path(found.folder);
  if (fs::exists(config)) found.files.push_back(config);
  return std::move(found.files);
}

}  // namespace spout
