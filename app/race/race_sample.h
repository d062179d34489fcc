// The part of the training rows that a race runs on: few enough to try several models on, with the
// features and labels that occur in them.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "spout/app/training/held_out.h"
#include "spout/sparse/batch/dataset.h"

namespace spout {

struct RaceSample {
  Dataset data;
  std::optional<Dataset> valid;  // of users and items: those that have items held out
  std::vector<Fold> folds;       // rows of `data`, and of `valid` if that is there

  const Dataset& measured() const { return valid ? *valid : data; }
};

/// Draws a sample of examples.
///   data    rows of features and labels; not tokens
///   rows    of `data` to draw from, ascending
///   most    how many to draw at most
/// A fifth of the sample is held out; of less than 1,500 rows, each fifth in turn.
RaceSample sample_examples(const Dataset& data, const std::vector<int64_t>& rows, int64_t most,
                           uint64_t seed);

/// Draws a sample of users with the commonest items, and holds out a fifth of the items of a fifth
/// of the users, at least of 300. Items are left out rather than users, since items of few users
/// say little about models that have many users to learn from. The users' input is raw
/// (prepare_input()).
///   most        how many users to draw at most
///   most_items  how many items to keep at most
RaceSample sample_users(const Dataset& data, const std::vector<int64_t>& rows, int64_t most,
                        int64_t most_items, uint64_t seed);

}  // namespace spout
