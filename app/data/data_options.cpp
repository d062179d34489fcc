#include "spout/app/data/data_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "spout/app/data/names_beside.h"
#include "spout/app/options/command_line.h"
#include "spout/sparse/base/error.h"
#include "spout/sparse/base/find_by_name.h"
#include "spout/sparse/files/text/format.h"
#include "spout/sparse/files/text/pair_columns.h"

namespace spout {
namespace {

constexpr std::array<NamedValue<Ratings>, 2> kRatings{{
    {"binary", Ratings::kBinary},
    {"values", Ratings::kValues},
}};

/// Whether a text is pairs without blanks, such as "ann,Alien": no adjacency text.
bool is_pairs_of_names(LineReader& reader) {
  const std::vector<std::string> lines = sample_lines(reader, 100);
  const bool any_blank = std::any_of(lines.begin(), lines.end(), [](const std::string& line) {
    return line.find_first_of(" \t") != std::string::npos;
  });
  if (lines.empty() || any_blank) return false;
  const std::string_view separator = pair_columns(lines).separator;
  return separator == "," || separator == ";" || separator == "::";
}

}  // namespace

DataFormat parse_format(const std::string& name) {
  return choose(data_formats(), "format", name).format;
}

std::string formats_help() {
  std::string text = "\nformats (--format)\n";
  for (const DataFormatEntry& entry : data_formats())
    text += fmt::format("  {:<12} {}\n", entry.name, entry.help);
  return text;
}

Option format_option(DataOptions& options) {
  std::vector<std::string> names = names_in(data_formats());
  names.insert(names.begin(), "auto");
  return Option{"format", &options.format, "NAME",
                "The format of the data, described below; auto recognises it by its content."}
      .one_of(std::move(names));
}

std::vector<Option> rating_options(DataOptions& options) {
  return {{"min-rating", &options.min_rating, "R",
           "Users and items: leaves out entries rated below R. Without it all entries count; a "
           "trained run keeps its own limit."},
          choice("ratings", options.ratings, kRatings,
                 "Users and items: the value of an entry, 1 (binary) or its rating (values). A run "
                 "that was trained with values keeps them.")};
}

bool asks_for_ratings(const DataOptions& options) {
  return !options.min_rating.empty() || options.ratings != Ratings::kBinary;
}

void refuse_interaction_options(const DataOptions& options) {
  const auto refuse = [](const char* option) {
    throw UserError(
        fmt::format("--{} is for users and items (--format adjacency or pairs)", option));
  };
  if (!options.ratings_of_run && !options.min_rating.empty()) refuse("min-rating");
  if (!options.ratings_of_run && options.ratings != Ratings::kBinary) refuse("ratings");
  if (!options.columns_of_run && !options.columns.empty()) refuse("columns");
}

std::vector<Option> layout_options(DataOptions& options) {
  return {
      {"columns", &options.columns, "user=A,item=B,...",
       "Users and items, pairs or CSV: the columns of user, item, rating and time, by their "
       "words in the header or by their position from 1, e.g. "
       "user=customer_id,rating=star_rating. Others are found by the usual words, and without a "
       "header are not read. A run keeps them for data like its own."},
      Option{"index-base", &options.index_base, "0|1",
             "Rows of feature:value without a header (libsvm): the number of the first feature. "
             "auto is 1, or for a trained run the one by which it was trained (0, unless its "
             "data were libsvm)."}
          .one_of({"auto", "0", "1"})};
}

AskedColumns asked_columns(const std::string& columns) {
  AskedColumns asked;
  size_t begin = 0;
  while (begin < columns.size()) {
    const size_t end = std::min(columns.find(',', begin), columns.size());
    const std::string part = columns.substr(begin, end - begin);
    begin = end + 1;
    const size_t equals = part.find('=');
    const std::string kind = part.substr(0, equals);
    std::string* column = kind == "user"     ? &asked.user
                          : kind == "item"   ? &asked.item
                          : kind == "rating" ? &asked.rating
                          : kind == "time"   ? &asked.time
                                             : nullptr;
    if (column != nullptr && !column->empty()) {
      throw UserError(fmt::format("--columns: {} is named twice, '{}' and '{}'", kind, *column,
                                  part.substr(equals + 1)));
    }
    if (column == nullptr || equals == std::string::npos || equals + 1 == part.size()) {
      throw UserError(fmt::format(
          "--columns: expected user=A,item=B,rating=C,time=D (some of them), found '{}'", part));
    }
    *column = part.substr(equals + 1);
  }
  return asked;
}

std::vector<Option> data_options(DataOptions& options) {
  OptionGroup group{"",
                    {format_option(options), normalize_option(options, {"auto", "l2", "none"})}};
  return group.add(layout_options(options)).add(rating_options(options)).options;
}

Option normalize_option(DataOptions& options, std::vector<std::string> words) {
  return Option{
      "normalize", &options.normalize, "HOW",
      "How rows of features are scaled: l2 to Euclidean length 1, none not at all; auto is l2 for "
      "sparse rows and none for dense ones and for the model ease; a trained run keeps its own."}
      .one_of(std::move(words));
}

std::string resolved_normalization(const std::string& normalize, const Features& x) {
  if (normalize == "auto") return x.is_sparse() ? "l2" : "none";
  return normalize;
}

DataFormat data_format(LineReader& reader, const DataOptions& options, const std::string& usual) {
  if (options.format != "auto") return parse_format(options.format);
  if (!options.columns.empty() && !options.columns_of_run) return DataFormat::kPairs;
  if (usual == format_name(DataFormat::kText)) {
    return is_binary(reader) ? DataFormat::kNpz : DataFormat::kText;
  }
  if (is_split_part(reader.path())) return DataFormat::kAdjacency;
  DataFormat found = DataFormat::kText;
  try {
    found = detect_format(reader);
  } catch (const FileError&) {
    if (usual.empty()) throw;
    reader.rewind();
    return is_interactions(usual) && is_pairs_of_names(reader) ? DataFormat::kPairs
                                                               : parse_format(usual);
  }
  // A run of users and items reads no documents; its names may look like them. One that knows items
  // by name reads numbers only if their names stand beside them.
  const bool is_raw = usual == format_name(DataFormat::kPairs) && found == DataFormat::kAdjacency &&
                      !has_names_beside(reader.path());
  const bool is_text = is_interactions(usual) && found == DataFormat::kText;
  return is_raw || is_text ? parse_format(usual) : found;
}

}  // namespace spout
