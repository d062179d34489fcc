// Interactions as data sets: a user's row is input and target at once. Files of the same users are
// joined by the users' names, and what a user is known to have is never recommended.
#pragma once

#include <cstdint>
#include <string>

#include "sparse/batch/dataset.h"
#include "sparse/interactions/interactions.h"

namespace spout {

/// As a data set with x = y = seen, and the users as row names.
Dataset interaction_dataset(Interactions interactions);

/// Keeps a share of each user's entries out of the input and the target; what is kept out becomes
/// the target of the data set returned, whose input is the rest.
Dataset hold_out_entries(Dataset& data, double share, uint64_t seed);

/// The users of `target` who have entries there, with the input that `known` has of them; a user
/// whom it does not know has none.   unknown  (may be null) how many those are
Dataset join_users(const Dataset& known, const Dataset& target, int64_t* unknown = nullptr);

/// Makes raw rows a model's input: no items beyond its own, rows normalised ("l2" or "none"),
/// users' features where the run has them.
void prepare_input(Dataset& data, const std::string& normalize, const Vocabulary& users,
                   int64_t num_items);

}  // namespace spout
