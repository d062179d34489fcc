// The sets by utf8proc's categories, corrected by the lists in point_tables.cpp.
#include "spout/sparse/tokenizers/point_sets.h"

#include <utf8proc.h>

#include <algorithm>

#include "spout/sparse/text/unicode.h"
#include "spout/sparse/tokenizers/point_tables.h"

namespace spout {
namespace {

bool is_listed(std::span<const PointRange> ranges, char32_t point) {
  const auto range = std::ranges::lower_bound(ranges, point, {}, &PointRange::last);
  return range != ranges.end() && range->first <= point;
}

bool is_ascii_symbol(char32_t point) {
  return (point > 0x20 && point < U'0') || (point > U'9' && point < U'A') ||
         (point > U'Z' && point < U'a') || (point > U'z' && point < 0x7F);
}

bool is_in_utf8proc(PointSet set, char32_t point) {
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(point));
  const auto within = [category](int first, int last) {
    return category >= first && category <= last;
  };
  switch (set) {
    case PointSet::kControl:
      return within(UTF8PROC_CATEGORY_CC, UTF8PROC_CATEGORY_CF) || category == UTF8PROC_CATEGORY_CO;
    case PointSet::kNonspacing:
      return category == UTF8PROC_CATEGORY_MN;
    case PointSet::kMark:
      return within(UTF8PROC_CATEGORY_MN, UTF8PROC_CATEGORY_ME);
    case PointSet::kPunctuation:
      return within(UTF8PROC_CATEGORY_PC, UTF8PROC_CATEGORY_PO);
    case PointSet::kWord:
      return within(UTF8PROC_CATEGORY_LU, UTF8PROC_CATEGORY_NL) || category == UTF8PROC_CATEGORY_PC;
    case PointSet::kLetter:
      return within(UTF8PROC_CATEGORY_LU, UTF8PROC_CATEGORY_LO);
    case PointSet::kNumber:
    case PointSet::kDigit:
      return within(UTF8PROC_CATEGORY_ND, UTF8PROC_CATEGORY_NO);
    case PointSet::kExtend:
      return !utf8proc_grapheme_break(U'a', static_cast<utf8proc_int32_t>(point));
  }
  return false;
}

}  // namespace

bool is_in(PointSet set, char32_t point) {
  if (point < 0x80) {
    switch (set) {
      case PointSet::kControl:
        return (point < 0x20 && point != U'\t' && point != U'\n' && point != U'\r') ||
               point == 0x7F;
      case PointSet::kPunctuation:
        return is_ascii_symbol(point);
      case PointSet::kLetter:
        return (point >= U'a' && point <= U'z') || (point >= U'A' && point <= U'Z');
      default:
        break;
    }
  }
  const PointDifferences& differences = point_differences(set);
  if (is_listed(differences.more, point)) return true;
  return is_in_utf8proc(set, point) && !is_listed(differences.less, point);
}

bool is_white_space(char32_t point) {
  if (point < 0x80) return point == U' ' || (point >= 0x09 && point <= 0x0D);
  return is_space_point(point);
}

char32_t lower_case_point(char32_t point) {
  if (point < 0x80) return point >= U'A' && point <= U'Z' ? point + 0x20 : point;
  const char32_t lower = lower_point(point);
  if (lower != point) return lower;
  for (const LowerCaseRange& entry : lower_case_ranges()) {
    if (point >= entry.range.first && point <= entry.range.last) {
      return static_cast<char32_t>(static_cast<int32_t>(point) + entry.distance);
    }
  }
  return point;
}

bool is_inert(char32_t point) {
  return is_listed(inert_ranges(), point);
}

}  // namespace spout
