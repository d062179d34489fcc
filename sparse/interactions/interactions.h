// Who did what: users' interactions with items as a sparse matrix, a row per user, with the time of
// each entry. Recommenders learn from such a matrix as input and target at once.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "sparse/layout/csr.h"
#include "sparse/layout/growing_array.h"
#include "sparse/names/vocabulary.h"

namespace spout {

struct Interactions {
  Csr matrix;                // [users, items], 1 or the rating
  std::vector<double> time;  // of each entry of the matrix; where files say none, its place there
  Vocabulary users;          // the rows' names
  Vocabulary items;          // the columns' names; empty: they are their numbers
  int64_t repeated = 0;      // entries named more than once; the latest is kept
  int64_t dropped = 0;       // entries whose latest rating is too low
};

/// How interactions are read.
struct InteractionOptions {
  double min_rating = -std::numeric_limits<double>::infinity();  // those rated lower are left out
  bool keeps_ratings = false;         // ratings are the matrix's values; else all are 1
  const Vocabulary* items = nullptr;  // names known already; others get the numbers after them
};

/// Collects interactions in any order.
class InteractionBuilder {
 public:
  explicit InteractionBuilder(const InteractionOptions& options);

  /// The row of a user, made where there is none.
  int64_t user(std::string_view name) { return users_.add(name); }
  /// The column of an item that has a name.
  int64_t item(std::string_view name) { return items_.add(name); }

  /// rating  NaN: the file has none
  void add(int64_t user, int64_t item, double rating, double time);
  /// The time of an entry where the file says none.
  double next_time() { return static_cast<double>(clock_++); }

  Interactions finish();

 private:
  /// Numbers of all entries, a user's after the other's, by item and time.
  ///   crow  is given where each user's begin, and the end
  std::vector<int64_t> ordered_entries(std::vector<int64_t>& crow);

  InteractionOptions options_;
  Vocabulary users_;
  Vocabulary items_;
  // Of each entry; an array for each, as a file may have an entry every other byte.
  GrowingArray<int64_t> entry_user_, entry_item_;
  GrowingArray<double> entry_time_;
  GrowingArray<float> entry_rating_;  // NaN: none
  int64_t items_seen_ = 0;            // one above the largest number
  int64_t clock_ = 0;
};

}  // namespace spout
