#include "spout/sparse/tokenizers/splitting.h"

namespace spout {
namespace {

// Whether part i goes on in one piece with the part before it.
bool joins(const std::vector<TextPart>& parts, size_t i, SplitBehavior behavior) {
  const bool before = parts[i - 1].is_match;
  const bool here = parts[i].is_match;
  switch (behavior) {
    case SplitBehavior::kContiguous:
      return before == here;
    case SplitBehavior::kMergedWithPrevious:
      return here && !before;
    case SplitBehavior::kMergedWithNext:
      return before && !here;
    case SplitBehavior::kRemoved:
    case SplitBehavior::kIsolated:
      break;
  }
  return false;
}

}  // namespace

void add_parts(std::string_view text, const std::vector<TextPart>& parts, SplitBehavior behavior,
               bool opens, Pieces& out) {
  size_t begin = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i + 1 < parts.size() && joins(parts, i + 1, behavior)) continue;
    if (behavior != SplitBehavior::kRemoved || !parts[i].is_match) {
      out.add(text.substr(begin, parts[i].end - begin), opens && begin == 0);
    }
    begin = parts[i].end;
  }
}

}  // namespace spout
