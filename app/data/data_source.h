// Reads DATA of the command line into a data set: a text file, `-`, a pair of matrix files, or a
// data folder.
#pragma once

#include <string>

#include "spout/app/data/data_name.h"
#include "spout/app/data/data_options.h"
#include "spout/app/data/data_schema.h"
#include "spout/sparse/batch/dataset.h"
#include "spout/sparse/files/text/format.h"

namespace spout {

/// The fewest features and labels (or items) that data may have, from an existing model or from
/// options. Text without a header is as wide as the largest index that it names, and is widened to
/// these.
struct LeastWidths {
  int64_t features = 0;
  int64_t items = 0;
  int64_t labels = 0;
};

/// What the data must fit if there is a model already.
struct ExpectedShape {
  // Numbers of columns; -1: any.
  int64_t features = -1;
  int64_t labels = -1;
  // Refuses data without labels, such as a lone X.npz.
  bool needs_labels = false;
  // Only the target is wanted, so that documents need not become features.
  bool labels_only = false;
  // What has this shape, as errors name it ("as the model has").
  const char* of = "model";
  // The names that a run was trained with; null: none.
  const DataSchema* schema = nullptr;
  // The data are to be measured on: a message says that labels outside the model count as missed.
  bool measures = false;
  // The data are to be trained on, beginning with `schema`: see read_dataset().
  bool to_train = false;
  LeastWidths least{};
};

/// Reads `data`: one path, `-`, a data folder, or a pair "X.npz,Y.npz" or "X.pt,Y.pt" (X may be
/// dense, in X.npy or X.pt). A lone X has rows without labels. Rows are normalised as `options`
/// say; "auto" means l2 for sparse features.
///
/// Users and items: a user's row is both x and y. With a schema x becomes the input of that run's
/// model (see prepare_input()); without one, or with `to_train`, x is as it was read.
///
/// Labels by name and items that the schema does not have are numbered after those it has, so that
/// y may be wider than the model. If labels are numbers and needed, there must be as many as
/// expected, except in XMLRepository and libsvm text for a model: its features beyond the model are
/// dropped and counted on stderr, its labels count as missed.
///   learned  (may be null) receives the format and the names of the data, after the schema's
///   throws FileError or UserError
Dataset read_dataset(const std::string& data, const DataOptions& options,
                     const ExpectedShape& expected = {}, DataSchema* learned = nullptr);

/// Does the same with an unread text.
///   sink  null, or receives the normalised rows of XMLRepository and libsvm text, block by block;
///         the data set that is returned then has no rows
Dataset read_dataset(LineReader& reader, const DataOptions& options, const ExpectedShape& expected,
                     DataSchema* learned = nullptr, const RowSink& sink = nullptr);

/// Throws UserError, since matrix files cannot be read from a pipe.
[[noreturn]] void refuse_binary_pipe(const std::string& name);

/// Returns `options` with format "auto" if `data` is a pair of matrices or a data folder; use it
/// where the format was that of other data.
DataOptions with_own_format(DataOptions options, const std::string& data);

}  // namespace spout
