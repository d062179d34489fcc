// Turns interactions into data sets, in which a user's row is input and target at once. Files are
// joined by the names of their users, and items that a user is known to have are never recommended.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "spout/sparse/batch/dataset.h"
#include "spout/sparse/interactions/interactions.h"

namespace spout {

/// Makes a data set in which x, y and seen are the matrix, and the row names are the users.
Dataset interaction_dataset(Interactions interactions);

/// Removes a share of each user's entries from `data` and returns a data set for validation: its
/// target is what was removed, its input the rest.
Dataset hold_out_entries(Dataset& data, double share, uint64_t seed);

/// Likewise of some users only.
///   rows  those of the users
Dataset hold_out_entries(Dataset& data, double share, uint64_t seed,
                         const std::vector<int64_t>& rows);

/// Returns the users who have entries in `target`, with their input from `known`. A user who is not
/// in `known` has an empty input.
///   unknown  (may be null) is increased by the number of such users
Dataset join_users(const Dataset& known, const Dataset& target, int64_t* unknown = nullptr);

/// Turns raw rows into a model's input: drops items beyond the model's, normalises rows, and adds
/// the users' features if the model has them.
///   normalize  "l2" or "none"
///   users      the users who have features; empty for a model without them
///   num_items  L of the model
void prepare_input(Dataset& data, const std::string& normalize, const Vocabulary& users,
                   int64_t num_items);

}  // namespace spout
