// Which rows a training holds out, to find its length (--epochs auto) or its model by.
#pragma once

#include <cstdint>
#include <vector>

namespace spout {

/// With fewer rows than these, each part of them is held out once.
inline constexpr int64_t kFewRows = 1500;
inline constexpr int64_t kFolds = 5;

/// The relative gains that are more than chance: of users, and where the rows are few.
inline constexpr double kGainOfUsers = 0.01;
inline constexpr double kGainOfFewRows = 0.005;

/// The share of a user's items that is held out.
inline constexpr double kHeldOutItems = 0.2;

/// Rows to train on and rows to measure on, both ascending.
struct Fold {
  std::vector<int64_t> rows;
  std::vector<int64_t> held_out;
};

/// With fewer rows than these, nothing can be held out.
inline constexpr int64_t kFewestToHoldOut = 10;

/// How many of so many rows are held out: a twentieth, at least 300 and at most 16,384, and never
/// more than half.
int64_t num_held_out(int64_t rows);

/// Splits rows at random into `parts` of about equal size.
///   returns  parts, each ascending
std::vector<std::vector<int64_t>> random_parts(const std::vector<int64_t>& rows, int64_t parts,
                                               uint64_t seed);

/// Makes a fold of each part: what it holds out of `rows`, and the others of them.
///   rows, parts  ascending
std::vector<Fold> hold_out(const std::vector<int64_t>& rows,
                           std::vector<std::vector<int64_t>> parts);

/// All of both, ascending.
std::vector<int64_t> joined_rows(const std::vector<int64_t>& rows,
                                 const std::vector<int64_t>& held_out);

/// About num_held_out() of the rows, at random and ascending.
std::vector<int64_t> held_out_rows(const std::vector<int64_t>& rows, uint64_t seed);

}  // namespace spout
