#include "app/interaction_data.h"

#include <fmt/format.h>

#include "sparse/files/adjacency.h"
#include "sparse/files/error.h"
#include "sparse/files/features.h"
#include "sparse/files/format.h"
#include "sparse/files/pairs.h"
#include "sparse/files/predictions.h"

namespace spout {
namespace {

/// Users numbered by their row; ratings are the values.
Interactions interactions_of(const Csr& matrix, const InteractionOptions& options) {
  InteractionOptions numbered = options;
  numbered.items = nullptr;
  InteractionBuilder builder(numbered);
  for (int64_t row = 0; row < matrix.rows; ++row) {
    const int64_t user = builder.user(std::to_string(row));
    const auto columns = matrix.row_columns(row);
    const auto values = matrix.row_values(row);
    for (size_t i = 0; i < columns.size(); ++i) {
      if (values[i] == 0.0F) continue;
      builder.add(user, columns[i], static_cast<double>(values[i]), builder.next_time());
    }
  }
  Interactions result = builder.finish();
  result.matrix.cols = matrix.cols;
  return result;
}

}  // namespace

InteractionOptions interaction_options(const DataOptions& options, const DataSchema* schema) {
  InteractionOptions result;
  check_word("ratings", options.ratings, {"binary", "values"});
  result.keeps_ratings = options.ratings == "values";
  if (!options.min_rating.empty()) {
    set_option({"min-rating", &result.min_rating, "", ""}, options.min_rating);
  }
  if (schema != nullptr) result.items = &schema->labels;
  return result;
}

Interactions read_interactions(LineReader& reader, DataFormat format,
                               const InteractionOptions& options) {
  return format == DataFormat::kAdjacency ? read_adjacency(reader, options)
                                          : read_pairs(reader, options);
}

Interactions read_interactions(const std::string& path, const DataOptions& options,
                               const DataSchema* schema) {
  const InteractionOptions reading = interaction_options(options, schema);
  if (is_matrix_file(path)) return interactions_of(read_predictions(path), reading);
  LineReader reader(path);
  const DataFormat format =
      data_format(reader, options.format, schema == nullptr ? "" : schema->format);
  if (is_interactions(format)) return read_interactions(reader, format, reading);
  throw FileError(fmt::format("{}: expected users and items (adjacency or pairs), found {}", path,
                              format_name(format)));
}

}  // namespace spout
