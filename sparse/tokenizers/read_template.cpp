#include "spout/sparse/tokenizers/read_template.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "spout/sparse/tokenizers/read_normalizer.h"

namespace spout {
namespace {

// "cls" and "sep" are pairs of a token and its id.
int64_t id_of_pair(const JsonPart& part) {
  const auto elements = part.elements();
  if (elements.size() != 2) part.refuse("[token, id] as " + part.name());
  return elements[1].id();
}

TokenTemplate read_ends(const JsonPart& part, int /*depth*/) {
  return {{id_of_pair(part.at("cls"))}, {id_of_pair(part.at("sep"))}};
}

TokenTemplate read_nothing(const JsonPart& /*part*/, int /*depth*/) {
  return {};
}

TokenTemplate read_processing(const JsonPart& part, int /*depth*/) {
  TokenTemplate ends;
  bool behind = false;
  for (const JsonPart& element : part.at("single").elements()) {
    if (element.has("Sequence")) {
      const JsonPart id = element.at("Sequence").at("id");
      if (id.json() != "A" || behind) id.refuse("one text \"A\" in the template of single texts");
      behind = true;
      continue;
    }
    const JsonPart special = element.at("SpecialToken").at("id");
    const JsonPart token = part.at("special_tokens").at(special.text().c_str());
    for (const JsonPart& id : token.at("ids").elements())
      (behind ? ends.behind : ends.before).push_back(id.id());
  }
  if (!behind) part.refuse("a template with the text \"A\"");
  return ends;
}

TokenTemplate read_sequence(const JsonPart& part, int depth) {
  TokenTemplate ends;
  for (const JsonPart& element : part.at("processors").elements()) {
    const TokenTemplate outer = read_template(element, depth + 1);
    ends.before.insert(ends.before.begin(), outer.before.begin(), outer.before.end());
    ends.behind.insert(ends.behind.end(), outer.behind.begin(), outer.behind.end());
  }
  return ends;
}

struct Entry {
  std::string_view name;
  TokenTemplate (*read)(const JsonPart& part, int depth);
};

constexpr std::array<Entry, 5> kProcessors = {{
    {"BertProcessing", &read_ends},
    {"ByteLevel", &read_nothing},
    {"RobertaProcessing", &read_ends},
    {"Sequence", &read_sequence},
    {"TemplateProcessing", &read_processing},
}};

}  // namespace

TokenTemplate read_template(const JsonPart& part, int depth) {
  if (depth > kDeepestSequence) part.refuse("sequences of post-processors at most 8 deep");
  return find_by_type(kProcessors, part, "a post-processor").read(part, depth);
}

}  // namespace spout
