#include "spout/app/data/text_conversion.h"

#include <fmt/format.h>

#include <filesystem>

namespace spout {
namespace {

/// The folder for names beside OUT, or beside the X of a pair.
std::string names_folder(const std::string& out) {
  return stem_of(parse_data_name(out).first) + ".names";
}

}  // namespace

std::vector<Option> conversion_text_options(TextFlags& flags, std::string& names) {
  std::vector<Option> options = text_options(flags);
  options.push_back(
      {"names", &names, "FOLDER",
       "Numbers words and labels as this run does, or as an earlier conversion did (its folder "
       "X.names). If IN has further labels, they follow those, and OUT gets a folder of names of "
       "its own."});
  return options;
}

Dataset read_named_documents(LineReader& in, const DataOptions& options, const std::string& names,
                             DataSchema& learned) {
  const DataSchema schema = load_schema(names, "text");
  if (schema.text.empty()) {
    throw UserError(
        fmt::format("--names {}: expected the folder of a run of documents, or the folder X.names "
                    "of a conversion",
                    names));
  }
  refuse_text_flags(options.text, "the folder of --names has settled it");
  ExpectedShape expected{schema.text.num_features(), schema.labels.size()};
  expected.schema = &schema;
  DataSchema all;
  Dataset read = read_dataset(in, options, expected, &all);
  if (all.labels.size() > schema.labels.size()) learned = std::move(all);
  return read;
}

void check_names_folder(const std::string& out, bool force) {
  const std::string folder = names_folder(out);
  if (!std::filesystem::exists(folder)) return;
  if (!std::filesystem::is_directory(folder)) {
    throw UserError(folder + ": exists and is not a folder");
  }
  if (!force) throw UserError(folder + " exists; --force overwrites it");
}

void write_names_folder(const std::string& out, const DataSchema& schema) {
  const std::string folder = names_folder(out);
  std::filesystem::create_directories(folder);
  save_schema(folder, schema);
  fmt::print("{}: vocabulary and names of labels\n", folder);
}

}  // namespace spout
