// The options by which DATA is read; every command that takes DATA has them.
#pragma once

#include <string>
#include <vector>

#include "spout/app/data/text_data.h"
#include "spout/app/options/option.h"
#include "spout/sparse/batch/dataset.h"
#include "spout/sparse/files/text/format.h"
#include "spout/sparse/interactions/reading.h"

namespace spout {

/// The value of an entry of users and items: 1, or its rating in the file.
enum class Ratings : uint8_t { kBinary, kValues };

struct DataOptions {
  std::string format = "auto";
  std::string normalize = "auto";
  // Users and items: the lowest rating that counts, a number; empty if all entries count.
  std::string min_rating{};
  Ratings ratings = Ratings::kBinary;
  std::string columns{};            // pairs: "user=A,item=B,rating=C,time=D"; empty: by their words
  std::string index_base = "auto";  // libsvm text: the number of the first feature, 0 or 1
  TextFlags text{};

  // Not options. Which of the above are those of a run, and not asked for by the user: they do not
  // apply to data that cannot serve them.
  bool ratings_of_run = false;
  bool columns_of_run = false;
  bool index_base_of_run = false;
  // How many values an encoder's row has, if the run reads words and such rows. The values stand
  // last in rows that spout convert has joined, and they are not scaled with the words.
  int64_t hidden_of_run = 0;
  // The data have been read before, so that messages about them are known.
  bool is_known = false;
};

/// The option --format alone, for commands that take rows as they are.
Option format_option(DataOptions& options);

/// The options --min-rating and --ratings.
std::vector<Option> rating_options(DataOptions& options);

/// Whether --min-rating or --ratings asks for ratings.
bool asks_for_ratings(const DataOptions& options);

/// Throws UserError if the user asks for ratings or columns.
void refuse_interaction_options(const DataOptions& options);

/// The options --columns and --index-base.
std::vector<Option> layout_options(DataOptions& options);

/// The columns that --columns names.   throws UserError on other words
AskedColumns asked_columns(const std::string& columns);

/// The option --normalize, which may be any of these words.
Option normalize_option(DataOptions& options, std::vector<std::string> words);

/// All of the options above.
std::vector<Option> data_options(DataOptions& options);

/// The end of --help: a line for each format of DATA.
std::string formats_help();

/// The format called `name`.   throws UserError on an unknown name
DataFormat parse_format(const std::string& name);

/// Replaces "auto" by what it stands for with these features, "l2" or "none".
std::string resolved_normalization(const std::string& normalize, const Features& x);

/// The format of an unread text file: the one that is asked for (by --columns, pairs), or with
/// "auto" the one that the content shows. A run passes the format of its training data as `usual`,
/// which decides where the content fits two formats, or none. If `usual` is text, all lines are
/// documents.
///   throws FileError if `usual` is empty and the content fits two formats, or none
DataFormat data_format(LineReader& reader, const DataOptions& options, const std::string& usual);

}  // namespace spout
