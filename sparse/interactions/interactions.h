// Users' interactions with items as a sparse matrix with a row per user and a column per item, and
// the time of each entry. Recommenders take such a matrix as input and target at once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "spout/sparse/base/growing_array.h"
#include "spout/sparse/base/vocabulary.h"
#include "spout/sparse/interactions/reading.h"
#include "spout/sparse/layout/csr.h"

namespace spout {

struct Interactions {
  Csr matrix;  // [users, items], 1 or the rating
  /// [nnz] the time of each entry of the matrix; its place in the file if that names no times.
  std::vector<double> time;
  /// [nnz] the place of each entry in the file, which orders entries of the same time.
  std::vector<int64_t> place;
  Vocabulary users;      // the rows' names
  Vocabulary items;      // the columns' names; empty: items are their numbers
  int64_t repeated = 0;  // entries replaced by a later one of the same user and item
  int64_t dropped = 0;   // entries whose latest rating is below min_rating
  InteractionNotes notes;

  /// Whether entry `a` came before entry `b`; both count in the order of the matrix.
  bool is_before(size_t a, size_t b) const {
    return time[a] != time[b] ? time[a] < time[b] : place[a] < place[b];
  }
};

/// Collects interactions in any order.
class InteractionBuilder {
 public:
  /// Starts without interactions.
  ///   path  the file, for errors
  InteractionBuilder(const InteractionOptions& options, std::string path);

  /// Returns the row of a user; a new user gets a new row.
  ///   line  where the name was read      throws FileError on a bad name
  int64_t user(std::string_view name, int64_t line);
  /// Returns the column of a named item; a new name gets a new column.
  int64_t item(std::string_view name, int64_t line);

  /// Adds one entry. Entries come in the order of the file.
  ///   rating  NaN if the file has none
  void add(int64_t user, int64_t item, double rating, double time);
  /// The place of the next entry: its time in a file that names no times.
  double next_time() const { return static_cast<double>(entry_user_.size()); }

  /// Makes the matrix. Of several entries of one user and item the latest is kept.
  ///   throws FileError if the file had no users
  Interactions finish();

 private:
  /// Returns the indices of all entries, sorted by user, then item, then time.
  ///   crow  set to [users + 1], where each user's entries begin
  std::vector<int64_t> ordered_entries(std::vector<int64_t>& crow);

  InteractionOptions options_;
  std::string path_;
  Vocabulary users_;
  Vocabulary items_;
  // The fields of each entry, an array for each field: a file may name an entry every other byte.
  GrowingArray<int64_t> entry_user_, entry_item_;
  GrowingArray<double> entry_time_;
  GrowingArray<float> entry_rating_;  // NaN: none
  int64_t items_seen_ = 0;            // one above the largest item number
};

}  // namespace spout
