// Users' interactions with items as a sparse matrix with a row per user and a column per item, and
// the time of each entry. Recommenders take such a matrix as input and target at once.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "spout/sparse/base/growing_array.h"
#include "spout/sparse/base/vocabulary.h"
#include "spout/sparse/layout/csr.h"

namespace spout {

struct Interactions {
  Csr matrix;  // [users, items], 1 or the rating
  /// [nnz] the time of each entry of the matrix; its number in the file if that names no times.
  std::vector<double> time;
  Vocabulary users;      // the rows' names
  Vocabulary items;      // the columns' names; empty: items are their numbers
  int64_t repeated = 0;  // entries replaced by a later one of the same user and item
  int64_t dropped = 0;   // entries whose latest rating is below min_rating
};

/// How interactions are read.
struct InteractionOptions {
  /// Entries with a lower rating are left out.
  double min_rating = -std::numeric_limits<double>::infinity();
  /// True if the ratings are the matrix's values; else all values are 1.
  bool keeps_ratings = false;
  /// Items that have numbers already; new ones are numbered after them. May be null.
  const Vocabulary* items = nullptr;
};

/// Collects interactions in any order.
class InteractionBuilder {
 public:
  explicit InteractionBuilder(const InteractionOptions& options);

  /// Returns the row of a user; a new user gets a new row.
  int64_t user(std::string_view name) { return users_.add(name); }
  /// Returns the column of a named item; a new name gets a new column.
  int64_t item(std::string_view name) { return items_.add(name); }

  /// Adds one entry.
  ///   rating  NaN if the file has none
  void add(int64_t user, int64_t item, double rating, double time);
  /// Counts up: the time of the next entry of a file that names no times.
  double next_time() { return static_cast<double>(clock_++); }

  /// Makes the matrix. Of several entries of one user and item the latest is kept.
  Interactions finish();

 private:
  /// Returns the indices of all entries, sorted by user, then item, then time.
  ///   crow  set to [users + 1], where each user's entries begin
  std::vector<int64_t> ordered_entries(std::vector<int64_t>& crow);

  InteractionOptions options_;
  Vocabulary users_;
  Vocabulary items_;
  // The fields of each entry, an array for each field: a file may name an entry every other byte.
  GrowingArray<int64_t> entry_user_, entry_item_;
  GrowingArray<double> entry_time_;
  GrowingArray<float> entry_rating_;  // NaN: none
  int64_t items_seen_ = 0;            // one above the largest item number
  int64_t clock_ = 0;
};

}  // namespace spout
