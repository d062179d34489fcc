// The names of users and items, in files beside a file of their numbers. `spout convert` writes
// them; whatever reads the numbers later takes the names from there.
#pragma once

#include <optional>
#include <string>

#include "spout/sparse/base/vocabulary.h"

namespace spout {

/// The paths of the two files.
struct NameFiles {
  std::string items;
  std::string users;
};

/// The files of a lone file of interactions: x.items.txt and x.users.txt for x.npz.
NameFiles name_files_of(const std::string& path);

/// The files of a folder of `convert --split`: items.txt and users.txt.
NameFiles name_files_in(const std::string& folder);

/// The record of a folder of `convert --split`: split.json.
std::string split_record(const std::string& folder);

/// Whether a file is a part of a split, and so adjacency text: train.txt, test.txt or
/// test_input.txt beside split.json.
bool is_split_part(const std::string& path);

/// The --min-rating by which the split was made whose part a file is; empty if there was none.
std::string min_rating_of_split(const std::string& path);

/// Whether names belong to a file of interactions, as find_names_beside() finds them.
bool has_names_beside(const std::string& path);

struct NamesBeside {
  NameFiles files;
  Vocabulary items;
  Vocabulary users;
};

/// Reads the names that belong to a file of interactions: those of the file itself, or of the
/// folder of `convert --split` that it is in. Returns nullopt if there are none.   throws FileError
std::optional<NamesBeside> find_names_beside(const std::string& path);

}  // namespace spout
