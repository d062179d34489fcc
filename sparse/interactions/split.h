// Interactions divided into what a model learns from and what it is measured on. The published
// protocols: a random share of each user's entries (LightGCN and its successors), each user's last
// entry (sequential recommendation), and users of their own, of whom a part of the entries is the
// model's input ("strong generalisation", Marlin 2004; Liang et al. 2018).
#pragma once

#include <cstdint>
#include <vector>

#include "sparse/interactions/interactions.h"

namespace spout {

struct InteractionSplit {
  Interactions train;
  Interactions test_input;  // of users of their own: what the model is told; else no entries
  Interactions test;        // what it should say
};

/// Which entries of a matrix are held out, in the order of its entries: of every user with at least
/// two a share of them, rounded, at least one and never all.
///   share  in (0, 1)
std::vector<bool> random_entries(const Csr& matrix, double share, uint64_t seed);

/// Every user's latest entry, of those who have at least two.
std::vector<bool> last_entries(const Interactions& interactions);

InteractionSplit split_random(const Interactions& all, double share, uint64_t seed);
InteractionSplit split_leave_last(const Interactions& all);

/// A share of the users is kept out of training. Of the entries of each of them with at least two,
/// kTargetShare are the target; users with fewer go to training.
InteractionSplit split_by_user(const Interactions& all, double share, uint64_t seed);
inline constexpr double kTargetShare = 0.2;

}  // namespace spout
