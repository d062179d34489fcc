#include "spout/app/data/data_options.h"

#include <fmt/format.h>

#include <array>

#include "spout/app/options/command_line.h"
#include "spout/sparse/base/error.h"
#include "spout/sparse/base/find_by_name.h"
#include "spout/sparse/files/text/format.h"

namespace spout {
namespace {

constexpr std::array<NamedValue<Ratings>, 2> kRatings{{
    {"binary", Ratings::kBinary},
    {"values", Ratings::kValues},
}};

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

void refuse_rating_options(DataOptions options) {
  DataOptions left;
  const OptionList usual{{"", rating_options(left)}};
  const OptionList given{{"", rating_options(options)}};
  for (const Option& option : given.front().options) {
    if (!differs(given, usual, option.name)) continue;
    throw UserError(
        fmt::format("--{} is for users and items (--format adjacency or pairs)", option.name));
  }
}

std::vector<Option> data_options(DataOptions& options) {
  OptionGroup group{"",
                    {format_option(options), normalize_option(options, {"auto", "l2", "none"})}};
  return group.add(rating_options(options)).options;
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

DataFormat data_format(LineReader& reader, const std::string& asked, const std::string& usual) {
  if (asked != "auto") return parse_format(asked);
  if (usual == format_name(DataFormat::kText)) {
    return is_binary(reader) ? DataFormat::kNpz : DataFormat::kText;
  }
  const bool is_settled = is_interactions(usual);
  DataFormat found = DataFormat::kText;
  try {
    found = detect_format(reader);
  } catch (const FileError&) {
    if (usual.empty()) throw;
    reader.rewind();
    return parse_format(usual);
  }
  const bool is_other_reading = is_interactions(found) || found == DataFormat::kText;
  return is_settled && is_other_reading && !has_pairs_header(reader) ? parse_format(usual) : found;
}

}  // namespace spout
