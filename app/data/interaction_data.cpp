#include "spout/app/data/interaction_data.h"

#include <fmt/format.h>

#include <optional>
#include <set>

#include "spout/app/data/data_name.h"
#include "spout/app/data/matrix_file.h"
#include "spout/app/data/names_beside.h"
#include "spout/app/options/command_line.h"
#include "spout/app/process/say.h"
#include "spout/sparse/base/error.h"
#include "spout/sparse/files/text/adjacency.h"
#include "spout/sparse/files/text/format.h"
#include "spout/sparse/files/text/pair_columns.h"
#include "spout/sparse/files/text/pairs.h"

namespace spout {
namespace {

/// The reading options that --min-rating, --ratings and --columns ask for.
InteractionOptions reading_options(const DataOptions& options, const KnownItems& known) {
  InteractionOptions result;
  result.keeps_ratings = options.ratings == Ratings::kValues;
  result.needs_ratings = asks_for_ratings(options) && !options.ratings_of_run;
  if (!options.min_rating.empty()) {
    set_option({"min-rating", &result.min_rating, "", ""}, options.min_rating);
  }
  if (known.schema != nullptr) result.items = &known.schema->labels;
  return result;
}

/// The names beside a file of numbers, unless the run that reads it knows numbers only.
std::optional<NamesBeside> names_for(const std::string& path, const DataOptions& options,
                                     const KnownItems& known) {
  if (known.are_numbers()) return std::nullopt;
  auto names = find_names_beside(path);
  if (names && !options.is_known)
    say("{}: users and items have the names in {} and {}\n", path, names->files.users,
        names->files.items);
  return names;
}

/// Reports what a reader found out about a file, what it merged and what it left out.
void say_notes(const std::string& path, const Interactions& read, const DataOptions& options) {
  const InteractionNotes& notes = read.notes;
  if (options.is_known) return;
  if (!notes.columns.empty() && notes.has_header) say("{}: columns {}\n", path, notes.columns);
  if (!notes.columns.empty() && !notes.has_header) {
    say("{}: no header; columns {}\n", path, notes.columns);
  }
  if (notes.repeated_headers > 0) {
    say("{}: {} lines repeat the header and were skipped\n", path, notes.repeated_headers);
  }
  if (notes.short_lines > 0) {
    say("{}: {} lines lack fields at their end, none of which is read\n", path, notes.short_lines);
  }
  if (notes.trimmed_fields > 0) {
    say("{}: blanks around {} fields were left out\n", path, notes.trimmed_fields);
  }
  if (read.repeated > 0) {
    say("{}: {} entries of the same user and item were merged; the latest is kept\n", path,
        read.repeated);
  }
  if (read.dropped > 0) {
    say("{}: {} entries rated below {} were left out\n", path, read.dropped, options.min_rating);
  }
  // The parts of a split have lost their ratings on purpose.
  const bool lacks_ratings = !notes.has_ratings && !is_split_part(path);
  if (options.ratings_of_run && asks_for_ratings(options) && lacks_ratings) {
    say("{}: has no ratings, so those of the run do not matter here\n", path);
  }
}

/// Concludes the reading of a file: refuses a --min-rating that leaves nothing to learn from or to
/// write, and reports what was found out.
void conclude(const std::string& path, const Interactions& read, const DataOptions& options,
              const KnownItems& known) {
  if (known.schema == nullptr && read.dropped > 0 && read.matrix.nnz() == 0) {
    throw UserError(
        fmt::format("--min-rating {}: no entry of {} is rated as high", options.min_rating, path));
  }
  say_notes(path, read, options);
}

/// Takes the rows of a matrix as users, and the values as ratings.
///   names  of rows and columns; null: they are numbers
Interactions interactions_of(const std::string& path, const Csr& matrix,
                             const InteractionOptions& options, const NamesBeside* names) {
  InteractionOptions reading = options;
  if (names == nullptr) reading.items = nullptr;
  if (names != nullptr) reading.item_names = &names->items;
  const bool fits = names == nullptr ||
                    (names->users.size() == matrix.rows && names->items.size() == matrix.cols);
  if (!fits) {
    throw FileError(
        fmt::format("{}: expected {} x {} entries, as {} and {} have names, found {} "
                    "x {}",
                    path, names->users.size(), names->items.size(), names->files.users,
                    names->files.items, matrix.rows, matrix.cols));
  }
  InteractionBuilder builder(reading, path);
  for (int64_t row = 0; row < matrix.rows; ++row) {
    const int64_t user = names == nullptr ? builder.user(std::to_string(row), 1)
                                          : builder.user(names->users.name(row), 1);
    const auto columns = matrix.row_columns(row);
    const auto values = matrix.row_values(row);
    for (size_t i = 0; i < columns.size(); ++i) {
      if (values[i] == 0.0F) continue;
      const int64_t item =
          names == nullptr ? columns[i] : builder.item(names->items.name(columns[i]), 1);
      builder.add(user, item, static_cast<double>(values[i]), builder.next_time());
    }
  }
  Interactions result = builder.finish();
  if (names == nullptr) result.matrix.cols = std::max(result.matrix.cols, matrix.cols);
  result.notes.has_ratings = true;
  return result;
}

Interactions read_matrix(const std::string& path, const DataOptions& options,
                         const KnownItems& known) {
  if (!options.columns.empty() && !options.columns_of_run) {
    throw UserError(fmt::format("--columns: {} is a matrix of users x items", path));
  }
  const Csr matrix = read_matrix_file(path);
  const auto names = names_for(path, options, known);
  Interactions read =
      interactions_of(path, matrix, reading_options(options, known), names ? &*names : nullptr);
  conclude(path, read, options, known);
  return read;
}

/// Refuses the names of pairs for a run of numbered items, unless --format says that they are these
/// numbers.
void refuse_raw_ids(const std::string& path, DataFormat format, const DataOptions& options,
                    const KnownItems& known) {
  if (!known.are_numbers() || format != DataFormat::kPairs || options.format != "auto") return;
  throw UserError(
      fmt::format("{}: names users and items, but items are known by number only here; --format "
                  "pairs takes the names for these numbers",
                  path));
}

/// Whether the columns by which a run was trained are those of other data, too. Data with other
/// words in their header are read by these; positions are for data without a header.
bool fit_columns_of_run(LineReader& reader, const AskedColumns& asked) {
  const std::vector<std::string> lines = sample_lines(reader, 100);
  if (lines.empty()) return false;
  const PairColumns by_run = pair_columns(lines, asked);
  const PairColumns by_words = pair_columns(lines);
  return by_run.mistake.empty() && (!by_words.has_header || by_run.names_words);
}

Interactions read_text(LineReader& reader, DataFormat format, const DataOptions& options,
                       const KnownItems& known) {
  InteractionOptions reading = reading_options(options, known);
  if (format == DataFormat::kPairs) {
    AskedColumns asked = asked_columns(options.columns);
    if (options.columns_of_run && !fit_columns_of_run(reader, asked)) asked = {};
    reading.columns = std::move(asked);
    return read_pairs(reader, reading);
  }
  if (!options.columns.empty() && !options.columns_of_run) {
    throw UserError(
        fmt::format("--columns: {} is adjacency text, which has no columns", reader.path()));
  }
  const auto names = names_for(reader.path(), options, known);
  if (names) {
    reading.user_names = &names->users;
    reading.item_names = &names->items;
  }
  return read_adjacency(reader, reading);
}

}  // namespace

Interactions read_interactions(LineReader& reader, DataFormat format, const DataOptions& options,
                               const KnownItems& known) {
  refuse_raw_ids(reader.path(), format, options, known);
  Interactions read = read_text(reader, format, options, known);
  conclude(reader.path(), read, options, known);
  return read;
}

Interactions read_interactions(LineReader& reader, const DataOptions& options,
                               const KnownItems& known) {
  const DataFormat format =
      data_format(reader, options, known.schema == nullptr ? "" : known.schema->format);
  if (is_interactions(format)) return read_interactions(reader, format, options, known);
  throw FileError(fmt::format("{}: expected users and items (adjacency or pairs), found {}",
                              reader.path(), format_name(format)));
}

Interactions read_interactions(const std::string& path, const DataOptions& options,
                               const KnownItems& known) {
  if (parse_data_name(path).form == DataForm::kMatrix) return read_matrix(path, options, known);
  LineReader reader(path);
  return read_interactions(reader, options, known);
}

void say_unknown_items(const std::string& path, const Interactions& read, int64_t num_known,
                       const char* fate) {
  const auto* col = read.matrix.col.const_data_ptr<int64_t>();
  std::set<int64_t> unknown;
  int64_t entries = 0;
  for (int64_t i = 0; i < read.matrix.nnz(); ++i) {
    if (col[i] < num_known) continue;
    ++entries;
    unknown.insert(col[i]);
  }
  if (unknown.empty()) return;
  const int64_t first = *unknown.begin();
  say("{}: names {} items that the run does not know, {} times (e.g. {}); {}\n", path,
      unknown.size(), entries,
      first < read.items.size() ? std::string(read.items.name(first)) : std::to_string(first),
      fate);
}

}  // namespace spout
