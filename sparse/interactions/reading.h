// What a caller may ask of a reader of users and items, and what the reader tells about the file.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "spout/sparse/base/error.h"
#include "spout/sparse/base/vocabulary.h"

namespace spout {

/// The columns of pairs that the caller asks for: a word of the header each, or a position from 1.
/// Empty ones are found by their words.
struct AskedColumns {
  std::string user, item, rating, time;

  bool empty() const { return user.empty() && item.empty() && rating.empty() && time.empty(); }
};

/// How interactions are read.
struct InteractionOptions {
  /// Entries with a lower rating are left out.
  double min_rating = -std::numeric_limits<double>::infinity();
  /// True if the ratings are the matrix's values; else all values are 1.
  bool keeps_ratings = false;
  /// Refuses a file without ratings.
  bool needs_ratings = false;
  /// Items that have numbers already; new ones are numbered after them. May be null.
  const Vocabulary* items = nullptr;
  /// The names of users and items, for files that hold their numbers in these lists. Both are null
  /// or neither.
  const Vocabulary* user_names = nullptr;
  const Vocabulary* item_names = nullptr;
  AskedColumns columns{};
};

/// What a reader found out about a file, and what it left out.
struct InteractionNotes {
  std::string columns;      // "user=customer_id, item=product_id, ..."; empty: no columns
  bool has_header = false;  // else the columns are in the order user, item, rating, time
  bool has_ratings = false;
  bool has_times = false;        // else the order of the entries in the file stands for times
  bool has_dates = false;        // times are seconds since 1970, read from dates
  int64_t repeated_headers = 0;  // lines that repeat the header, skipped
  int64_t short_lines = 0;       // lines without their last fields, none of which is read
  int64_t trimmed_fields = 0;    // fields that lost blanks around them
};

/// Thrown for a file without ratings where they are needed.
class NoRatings : public FileError {
 public:
  using FileError::FileError;
};

/// Thrown if the columns of users and items cannot be told.
class UnknownColumns : public FileError {
 public:
  using FileError::FileError;
};

}  // namespace spout
