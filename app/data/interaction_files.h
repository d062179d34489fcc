// Writes users and items to files: as a whole, or split into training and test parts.
#pragma once

#include <cstdint>
#include <string>

#include "spout/app/data/data_source.h"
#include "spout/app/options/option.h"
#include "spout/sparse/interactions/interactions.h"
#include "spout/sparse/layout/sparse_layout.h"

namespace spout {

/// How `spout convert` chooses and splits interactions.
struct SplitOptions {
  std::string split;  // random|leave-last|time|by-user; empty: no split
  double test_share = 0.2;
  std::string after;       // time: a date or a number; empty: test_share
  int64_t last_items = 1;  // leave-last
  int64_t seed = 1;
  int64_t min_items = 0;  // with and without a split

  // Not an option of splits: the --min-rating by which entries were left out, for the record.
  std::string min_rating{};
};

/// The options --split, --test-share, --after, --last-items, --seed and --min-items.
std::vector<Option> split_options(SplitOptions& options);

/// Throws UserError on a share outside (0, 1), and on options that the split does not use.
void check_split_options(const SplitOptions& options);

/// Leaves out the users with fewer entries than --min-items, and reports them on stderr.
///   path  where the interactions came from
Interactions with_enough_items(Interactions interactions, const SplitOptions& options,
                               const std::string& path);

/// Writes adjacency text (.txt, .txt.gz) or a matrix (.npz, .pt) of users and items. If items have
/// names, the names of both go beside it: x.items.txt and x.users.txt for x.npz.
///   throws FileError or UserError, if possible before the first file appears
void write_interactions(const std::string& path, const Interactions& interactions,
                        SparseLayout layout, bool force);

/// Writes train.txt, test.txt and split.json, which describes the split. A split by-user also has
/// test_input.txt, the input of the test users. If items have names, items.txt and users.txt hold
/// the names of both.
///   folder  made here      data  where the interactions came from, for split.json
void write_split(const std::string& folder, const Interactions& interactions,
                 const SplitOptions& options, const std::string& data, bool force);

}  // namespace spout
