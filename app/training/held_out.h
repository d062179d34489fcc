// Which rows a training holds out, to find its length by (--epochs auto).
#pragma once

#include <cstdint>
#include <vector>

namespace spout {

/// How many of so many rows are held out: a twentieth, at least 300 and at most 16,384, and never
/// more than half.
int64_t num_held_out(int64_t rows);

/// Splits rows at random into `parts` of about equal size.
///   returns  parts, each ascending
std::vector<std::vector<int64_t>> random_parts(const std::vector<int64_t>& rows, int64_t parts,
                                               uint64_t seed);

/// About num_held_out() of the rows, at random and ascending.
std::vector<int64_t> held_out_rows(const std::vector<int64_t>& rows, uint64_t seed);

}  // namespace spout
