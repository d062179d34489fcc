// Users and items written to files: whole, or divided into parts to train and to measure on.
#pragma once

#include <cstdint>
#include <string>

#include "app/data_source.h"
#include "app/options/option.h"
#include "sparse/files/sparse_layout.h"
#include "sparse/interactions/interactions.h"

namespace spout {

/// How `spout convert` divides interactions.
struct SplitOptions {
  std::string split;  // random|leave-last|by-user; empty: not at all
  double test_share = 0.2;
  int64_t seed = 1;
};

/// --split, --test-share and --seed.
std::vector<Option> split_options(SplitOptions& options);

/// Throws UserError on other words and numbers, and on numbers that the split does not use.
void check_split_options(const SplitOptions& options);

/// Writes adjacency text (.txt, .txt.gz) or a matrix (.npz, .pt) of users and items; where items
/// have names, those of both beside it: for x.npz x.items.txt and x.users.txt.
///   throws FileError or UserError, before the first file appears where it can
void write_interactions(const std::string& path, const Interactions& interactions,
                        SparseLayout layout, bool force);

/// Writes train.txt, test.txt, by-user also test_input.txt (what is known of the test users), the
/// names where items have some, and split.json, which says how it was done.
///   folder  made here      data  where the interactions came from, for split.json
void write_split(const std::string& folder, const Interactions& interactions,
                 const SplitOptions& options, const std::string& data, bool force);

}  // namespace spout
