#include "spout/sparse/tokenizers/tokenizer_config.h"

#include <array>
#include <filesystem>

#include "spout/sparse/files/io/json_part.h"

namespace spout {
namespace {

// Files without a limit of their own say 10^30.
constexpr double kLongest = 1e6;

constexpr std::array<const char*, 7> kRoles = {"pad_token", "mask_token", "unk_token", "cls_token",
                                               "sep_token", "bos_token",  "eos_token"};

// The first of the names that is a token, or -1.
template <class Names>
int64_t first_known(const Names& names, const TokenizerParts& parts) {
  for (const auto& name : names) {
    const int64_t id = name.empty() ? -1 : parts.find(name);
    if (id >= 0) return id;
  }
  return -1;
}

}  // namespace

std::string TokenizerConfig::token(const std::string& role, const std::string& absent) const {
  const auto found = tokens.find(role);
  return found == tokens.end() ? absent : found->second;
}

std::string tokenizer_config_path(const std::string& folder) {
  return (std::filesystem::path(folder) / "tokenizer_config.json").string();
}

TokenizerConfig read_tokenizer_config(const std::string& folder) {
  TokenizerConfig config;
  const std::string path = tokenizer_config_path(folder);
  if (!std::filesystem::exists(path)) return config;
  const JsonFile file(path);
  const JsonPart part = file.part("the settings");
  for (const char* role : kRoles) {
    if (!part.has(role)) continue;
    const JsonPart token = part.at(role);
    config.tokens[role] = token.has("content") ? token.at("content").text() : token.text();
  }
  if (part.has("model_max_length")) {
    const double length = part.at("model_max_length").number();
    if (length >= 1 && length < kLongest) config.max_length = static_cast<int64_t>(length);
  }
  config.lowercase = part.flag("do_lower_case", true);
  config.chinese_chars = part.flag("tokenize_chinese_chars", true);
  if (part.has("strip_accents")) config.strip_accents = part.flag("strip_accents", true);
  config.add_prefix_space = part.flag("add_prefix_space", false);
  return config;
}

void apply_config(const TokenizerConfig& config, TokenizerParts& parts) {
  using Names = std::array<std::string, 3>;
  if (parts.padding < 0) {
    parts.padding = first_known(Names{config.token("pad_token", ""), "[PAD]", "<pad>"}, parts);
  }
  if (parts.mask < 0) {
    parts.mask = first_known(Names{config.token("mask_token", ""), "[MASK]", "<mask>"}, parts);
  }
  if (parts.max_length == 0) parts.max_length = config.max_length;
}

}  // namespace spout
