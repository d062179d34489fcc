// Splits interactions into training and test entries by the published protocols. The test entries
// are a random share of each user's entries (LightGCN and its successors), each user's last entries
// (sequential recommendation), all entries after a moment, or a part of the entries of users who
// are not trained on, the rest being the model's input ("strong generalisation", Marlin 2004; Liang
// et al. 2018).
#pragma once

#include <cstdint>
#include <vector>

#include "spout/sparse/interactions/interactions.h"

namespace spout {

struct InteractionSplit {
  Interactions train;
  /// The model's input of test users who are not trained on; without entries in the other splits.
  Interactions test_input;
  Interactions test;  // the entries that the model should predict
};

/// Chooses entries to hold out at random: a share, rounded, of every user's entries, at least one
/// and never all. Users with fewer than two entries have none held out.
///   share    in (0, 1)
///   returns  [nnz], in the order of the matrix's entries
std::vector<bool> random_entries(const Csr& matrix, double share, uint64_t seed);

/// Likewise, but only in the given rows.
std::vector<bool> random_entries(const Csr& matrix, double share, uint64_t seed,
                                 const std::vector<int64_t>& rows);

/// Chooses the `count` latest entries of every user, but never all of them.
///   returns  [nnz], in the order of the matrix's entries
std::vector<bool> last_entries(const Interactions& interactions, int64_t count = 1);

/// Chooses the entries that are later than `time`, in the file's own unit.
///   returns  [nnz], in the order of the matrix's entries
std::vector<bool> entries_after(const Interactions& interactions, double time);

/// Chooses the latest share of all entries, rounded.
///   returns  [nnz], in the order of the matrix's entries
std::vector<bool> latest_entries(const Interactions& interactions, double share);

/// Returns the interactions of the users with at least `least` entries.
///   left_out  set to the number of the other users
Interactions with_at_least(const Interactions& all, int64_t least, int64_t& left_out);

InteractionSplit split_random(const Interactions& all, double share, uint64_t seed);
InteractionSplit split_leave_last(const Interactions& all, int64_t count = 1);
InteractionSplit split_after(const Interactions& all, double time);
InteractionSplit split_latest(const Interactions& all, double share);

/// Keeps a share of the users out of training. Of each one's entries kTargetShare are the target
/// and the rest the input. Users with fewer than two entries stay in training.
InteractionSplit split_by_user(const Interactions& all, double share, uint64_t seed);
inline constexpr double kTargetShare = 0.2;

}  // namespace spout
