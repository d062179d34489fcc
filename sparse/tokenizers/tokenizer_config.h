// tokenizer_config.json, which Hugging Face writes beside a tokenizer's files.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "spout/sparse/tokenizers/tokenizer_parts.h"

namespace spout {

struct TokenizerConfig {
  std::map<std::string, std::string> tokens{};  // by role: "pad_token", "mask_token", ...
  int64_t max_length = 0;                       // 0: none, or none that limits anything
  bool lowercase = true;
  bool chinese_chars = true;
  std::optional<bool> strip_accents{};  // none: as `lowercase`
  bool add_prefix_space = false;

  /// The token of a role, or `absent`.
  std::string token(const std::string& role, const std::string& absent) const;
};

/// The path of the settings in a folder.
std::string tokenizer_config_path(const std::string& folder);

/// Reads the settings in a folder; those above if there are none.
///   throws FileError
TokenizerConfig read_tokenizer_config(const std::string& folder);

/// Fills in the ids of the padding and the mask, and the length, where `parts` has none yet.
void apply_config(const TokenizerConfig& config, TokenizerParts& parts);

}  // namespace spout
