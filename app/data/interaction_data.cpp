#include "spout/app/data/interaction_data.h"

#include <fmt/format.h>

#include "spout/app/data/data_name.h"
#include "spout/sparse/base/error.h"
#include "spout/sparse/files/features.h"
#include "spout/sparse/files/predictions.h"
#include "spout/sparse/files/text/adjacency.h"
#include "spout/sparse/files/text/format.h"
#include "spout/sparse/files/text/pairs.h"

namespace spout {
namespace {

/// Takes the rows of a matrix as users, named by their numbers, and the values as ratings.
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
  result.keeps_ratings = options.ratings == Ratings::kValues;
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

Interactions read_interactions(LineReader& reader, const DataOptions& options,
                               const DataSchema* schema) {
  const DataFormat format =
      data_format(reader, options.format, schema == nullptr ? "" : schema->format);
  if (is_interactions(format)) {
    return read_interactions(reader, format, interaction_options(options, schema));
  }
  throw FileError(fmt::format("{}: expected users and items (adjacency or pairs), found {}",
                              reader.path(), format_name(format)));
}

Interactions read_interactions(const std::string& path, const DataOptions& options,
                               const DataSchema* schema) {
  if (parse_data_name(path).form == DataForm::kMatrix) {
    return interactions_of(read_predictions(path), interaction_options(options, schema));
  }
  LineReader reader(path);
  return read_interactions(reader, options, schema);
}

}  // namespace spout
