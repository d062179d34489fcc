// Sets of Unicode code points as PyPI `tokenizers` knows them. Its tables stem from several Unicode
// versions, old and new, none of which is utf8proc's. So each set is utf8proc's, and a short list
// says where `tokenizers` differs; the lists were found by asking it about every code point.
#pragma once

#include "spout/sparse/tokenizers/point_set.h"

namespace spout {

/// Whether a code point is in a set.
bool is_in(PointSet set, char32_t point);

/// Whether a point is white space (White_Space of Unicode).
bool is_white_space(char32_t point);

/// Returns the lower case of a point other than U+0130, whose lower case has two points.
char32_t lower_case_point(char32_t point);

/// Whether a point neither composes, decomposes nor moves in the normal forms of `tokenizers`,
/// although it does in utf8proc's.
bool is_inert(char32_t point);

}  // namespace spout
