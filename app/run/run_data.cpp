#include "spout/app/run/run_data.h"

#include <fmt/format.h>

#include "spout/app/data/interaction_data.h"
#include "spout/app/process/say.h"
#include "spout/sparse/layout/entries.h"

namespace spout {
namespace {

void prepare(Dataset& data, const TrainedModel& trained) {
  prepare_input(data, trained.options.data.normalize, trained.schema.users, trained.shape.labels);
}

/// The first of `users` who is not among the known ones.
std::string_view first_unknown(const Vocabulary& users, const Vocabulary& known) {
  for (int64_t i = 0; i < users.size(); ++i) {
    if (known.find(users.name(i)) < 0) return users.name(i);
  }
  return "";
}

}  // namespace

Dataset read_measured_data(const TrainedModel& trained, const std::string& data,
                           const DataOptions& format, const KnownInteractions& known) {
  if (!trained.schema.has_interactions()) {
    ExpectedShape shape = trained.expected(/*needs_labels=*/true);
    shape.measures = true;
    return read_dataset(data, trained.format_of(format), shape);
  }
  const bool own = known.data.empty();
  const std::string& input = own ? trained.options.train : known.data;
  if (own && input == "-") {
    throw UserError(
        "the run's training data came from a pipe: --train DATA is needed for the known items of "
        "the users");
  }
  Dataset known_rows = interaction_dataset(read_interactions(
      input, own ? trained.own_format() : trained.format_of(known.format), trained.known_items()));
  Interactions read = read_interactions(data, trained.format_of(format), trained.known_items());
  say_unknown_items(data, read, trained.shape.labels, "they count as missed");
  const Dataset target = interaction_dataset(std::move(read));
  int64_t unknown = 0;
  Dataset joined = join_users(known_rows, target, &unknown);
  prepare(joined, trained);
  if (joined.rows() == 0) throw UserError(fmt::format("{}: no user has an item", data));
  if (unknown > 0) {
    say("{} of {} users of {} are not in {} (e.g. {}); their input is empty\n", unknown,
        joined.rows(), data, input, first_unknown(joined.row_names, known_rows.row_names));
  }
  const int64_t left = joined.y.nnz() - without(joined.y, joined.seen).nnz();
  if (left > 0) {
    say("{}: {} of {} entries are known items of the users (in {}), which are left out of the "
        "ranking, so they count as missed\n",
        data, left, joined.y.nnz(), input);
  }
  return joined;
}

Csr read_excluded(const TrainedModel& trained, const std::string& excluded,
                  const DataOptions& format, const Dataset& data) {
  const int64_t num_labels = trained.shape.labels;
  if (trained.schema.has_interactions()) {
    DataOptions reading = trained.format_of(format);
    reading.min_rating = format.min_rating;  // items with low ratings are excluded as well
    const Interactions read = read_interactions(excluded, reading, trained.known_items());
    std::vector<int64_t> rows;
    rows.reserve(static_cast<size_t>(data.rows()));
    for (int64_t row = 0; row < data.rows(); ++row)
      rows.push_back(read.users.find(data.row_names.name(row)));
    return keep_columns(rows_or_empty(read.matrix, rows), num_labels);
  }
  ExpectedShape shape = trained.expected(/*needs_labels=*/true);
  shape.features = -1;
  shape.labels_only = true;
  const Csr y = read_dataset(excluded, trained.format_of(format), shape).y;
  if (y.rows != data.rows()) {
    throw UserError(fmt::format("{}: expected {} rows, as --data has, found {}", excluded,
                                data.rows(), y.rows));
  }
  return keep_columns(y, num_labels);
}

ChosenRows read_held_back(const TrainedModel& trained) {
  const TrainOptions& run = trained.options;
  const auto seed = static_cast<uint64_t>(run.seed);
  if (trained.schema.has_interactions()) {
    Dataset all = interaction_dataset(
        read_interactions(run.train, trained.own_format(), trained.known_items()));
    Dataset held = hold_out_entries(all, run.valid_share, seed);
    prepare(held, trained);
    std::vector<int64_t> rows = all_rows(held.rows());
    return {std::move(held), std::move(rows)};
  }
  Dataset all =
      read_dataset(run.train, trained.own_format(), trained.expected(/*needs_labels=*/true));
  std::vector<int64_t> rows = split_rows(all.rows(), run.valid_share, seed).held_back;
  return {std::move(all), std::move(rows)};
}

}  // namespace spout
