#include "spout/sparse/tokenizers/tokenizer_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "spout/sparse/base/error.h"
#include "spout/sparse/files/io/json_part.h"
#include "spout/sparse/tokenizers/quoted_token.h"
#include "spout/sparse/tokenizers/read_model.h"
#include "spout/sparse/tokenizers/read_normalizer.h"
#include "spout/sparse/tokenizers/read_pre_tokenizer.h"
#include "spout/sparse/tokenizers/read_template.h"

namespace spout {
namespace {

// A token of the model has the model's id. Others are numbered behind the model's, in the order of
// the file: `tokenizers` does so, whatever ids the file says.
int64_t id_of_added(const TokenizerParts& parts, const std::string& content) {
  const int64_t known = parts.find(content);
  if (known >= 0) return known;
  return std::max(parts.model->size(), parts.added_ids.end());
}

void read_added_token(const JsonPart& part, TokenizerParts& parts) {
  AddedToken token;
  token.content = part.at("content").text();
  if (token.content.empty()) return;
  token.special = part.flag("special", false);
  token.single_word = part.flag("single_word", false);
  token.lstrip = part.flag("lstrip", false);
  token.rstrip = part.flag("rstrip", false);
  token.normalized = part.flag("normalized", !token.special);
  token.id = id_of_added(parts, token.content);
  const int64_t said = part.at("id").id();
  if (said != token.id) {
    part.at("id").refuse(
        fmt::format("id {} of added token {}", token.id, quoted_token(token.content)));
  }
  parts.add(std::move(token));
}

void read_truncation(const JsonPart& part, TokenizerParts& parts) {
  parts.max_length = part.at("max_length").id();
  const std::string direction = part.text("direction", "Right");
  if (direction != "Right" && direction != "Left") {
    part.at("direction").refuse("Right or Left as the direction of truncation");
  }
  parts.keeps_end = direction == "Left";
}

void check_ids(const std::string& path, const TokenizerParts& parts) {
  const int64_t end = std::max(parts.model->vocabulary(), parts.added_ids.end());
  const auto check = [&](int64_t id, const char* what) {
    if (id < end) return;
    throw FileError(fmt::format("{}: expected a {} below {}, found {}", path, what, end, id));
  };
  for (const auto* ids : {&parts.ends.before, &parts.ends.behind}) {
    for (const int64_t id : *ids)
      check(id, "token of the template");
  }
  check(parts.padding, "pad_id");
}

}  // namespace

TokenizerParts read_tokenizer_json(const std::string& path) {
  const JsonFile file(path);
  const JsonPart part = file.part("a tokenizer");
  TokenizerParts parts;
  parts.model = read_token_model(part.at("model"));
  if (parts.model->size() == 0) part.at("model").refuse("a vocabulary with tokens");
  if (part.has("normalizer")) parts.normalizer = read_normalizer(part.at("normalizer"));
  if (part.has("pre_tokenizer")) parts.pre_tokenizer = read_pre_tokenizer(part.at("pre_tokenizer"));
  if (part.has("post_processor")) parts.ends = read_template(part.at("post_processor"));
  if (part.has("added_tokens")) {
    for (const JsonPart& token : part.at("added_tokens").elements())
      read_added_token(token, parts);
  }
  if (part.has("truncation")) read_truncation(part.at("truncation"), parts);
  if (part.has("padding")) parts.padding = part.at("padding").at("pad_id").id();
  check_ids(path, parts);
  // Special tokens are looked for first.
  std::stable_partition(parts.added.begin(), parts.added.end(),
                        [](const AddedToken& token) { return token.special; });
  return parts;
}

}  // namespace spout
