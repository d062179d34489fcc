// DATA on the command line as a data set: a text file, `-`, a pair of matrix files, or a data
// folder.
#pragma once

#include <string>
#include <utility>

#include "app/data_schema.h"
#include "app/options/option.h"
#include "app/text_data.h"
#include "sparse/batch/dataset.h"
#include "sparse/files/format.h"

namespace spout {

struct DataOptions {
  std::string format = "auto";
  std::string normalize = "auto";
  std::string min_rating{};        // of interactions; empty: all count, of a run as in training
  std::string ratings = "binary";  // binary|values
  TextFlags text{};
};

/// --format alone, for commands that take rows as they are.
Option format_option(DataOptions& options);

/// --min-rating and --ratings.
std::vector<Option> rating_options(DataOptions& options);

/// Throws UserError where one of them is given.
void refuse_rating_options(DataOptions options);

/// The options that every command with DATA has.
std::vector<Option> data_options(DataOptions& options);

/// Columns that text without a header may leave out at the end.
struct LeastWidths {
  int64_t features = 0;
  int64_t items = 0;
};

/// What the data must fit, where a model is there already; -1 = anything.
struct ExpectedShape {
  int64_t features = -1;
  int64_t labels = -1;
  bool needs_labels = false;           // a lone X.npz, which has none, is refused
  const char* of = "model";            // whose shape it is, for errors
  const DataSchema* schema = nullptr;  // of a run: the names that it was trained with
  bool measures = false;               // labels that the schema does not know count as missed
  bool to_train = false;               // the schema is where learning goes on: see read_dataset
  LeastWidths least{};                 // what columns that only their numbers tell are filled up to
};

/// The format of an unread text file: what is asked for; with "auto" what its content says, or
/// where that could be two things `usual`, where not empty. Usual documents may hold anything, and
/// usual users and items are read as usual, but for pairs with a header.
DataFormat data_format(LineReader& reader, const std::string& asked, const std::string& usual);

/// Reads `data`: one path, `-`, a data folder, or a pair "X.npz,Y.npz" or "X.pt,Y.pt" (X may be
/// dense, in X.npy or X.pt; without Y the rows have no labels). Rows are normalised as `options`
/// say; "auto" means l2 for sparse features. Of interactions a user's row is both x and y; with a
/// schema x is a model's input (see prepare_input), else as it was read. Labels outside the names
/// of a schema that has such, and items, are numbered after those known: y may then be wider than
/// the model. Where labels are numbers and needed, there must be as many. With `to_train` x is as
/// it was read, and what is learned is the schema and those labels.
///   learned  (may be null) is given the format and names that the data settle
///   throws FileError or UserError
Dataset read_dataset(const std::string& data, const DataOptions& options,
                     const ExpectedShape& expected = {}, DataSchema* learned = nullptr);

/// The same from an unread text.
///   sink  null, or takes over the rows of XMLRepository and libsvm text, normalised, some at a
///         time; the data set that is returned then has no rows
Dataset read_dataset(LineReader& reader, const DataOptions& options, const ExpectedShape& expected,
                     DataSchema* learned = nullptr, const RowSink& sink = nullptr);

/// `options` without the format, where `data` are matrices or a data folder, which say themselves
/// what they are: for a format that other data have settled.
DataOptions with_own_format(DataOptions options, const std::string& data);

/// "l2" or "none": what --normalize auto stands for with these features.
std::string resolved_normalization(const std::string& normalize, const Features& x);

/// "X.npz,Y.npz" -> both paths; anything else -> the path and nothing.
std::pair<std::string, std::string> split_data_pair(const std::string& data);

/// A file's path without .gz and .txt, .npz or .pt: what files beside it are called by.
std::string stem_of(const std::string& path);

/// Absolute form of DATA, so that a run still finds it from another folder.
std::string absolute_data_path(const std::string& data);

}  // namespace spout
