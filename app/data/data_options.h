// The options by which DATA is read; every command that takes DATA has them.
#pragma once

#include <string>
#include <vector>

#include "spout/app/data/text_data.h"
#include "spout/app/options/option.h"
#include "spout/sparse/batch/dataset.h"
#include "spout/sparse/files/text/format.h"

namespace spout {

/// The value of an entry of users and items: 1, or its rating in the file.
enum class Ratings : uint8_t { kBinary, kValues };

struct DataOptions {
  std::string format = "auto";
  std::string normalize = "auto";
  // Users and items: the lowest rating that counts, a number; empty if all entries count.
  std::string min_rating{};
  Ratings ratings = Ratings::kBinary;
  TextFlags text{};
};

/// The option --format alone, for commands that take rows as they are.
Option format_option(DataOptions& options);

/// The options --min-rating and --ratings.
std::vector<Option> rating_options(DataOptions& options);

/// Throws UserError if --min-rating or --ratings is not at its default.
void refuse_rating_options(DataOptions options);

/// The option --normalize, which may be any of these words.
Option normalize_option(DataOptions& options, std::vector<std::string> words);

/// All of the options --format, --normalize, --min-rating and --ratings.
std::vector<Option> data_options(DataOptions& options);

/// The end of --help: a line for each format of DATA.
std::string formats_help();

/// The format called `name`.   throws UserError on an unknown name
DataFormat parse_format(const std::string& name);

/// Replaces "auto" by what it stands for with these features, "l2" or "none".
std::string resolved_normalization(const std::string& normalize, const Features& x);

/// The format of an unread text file: the one that is asked for, or with "auto" the one that the
/// content shows. A run passes the format of its training data as `usual`, which decides where the
/// content fits two formats, or none. If `usual` is text, all lines are documents; if it is users
/// and items, all text that may hold such is read in that very format, unless a header names
/// columns.
///   throws FileError if `usual` is empty and the content fits two formats, or none
DataFormat data_format(LineReader& reader, const std::string& asked, const std::string& usual);

}  // namespace spout
