#include "spout/app/data/text_conversion.h"

#include <fmt/format.h>

#include <filesystem>

#include "spout/app/data/text_encoder.h"

namespace spout {
namespace {

/// The folder for names beside OUT, or beside the X of a pair.
std::string names_folder(const std::string& out) {
  return stem_of(parse_data_name(out).first) + ".names";
}

}  // namespace

std::vector<Option> conversion_text_options(TextFlags& flags, std::string& names,
                                            std::string& encoder) {
  std::vector<Option> options = text_options(flags);
  options.push_back(
      {"names", &names, "FOLDER",
       "Numbers words and labels as this run does, or as an earlier conversion did (its folder "
       "X.names). If IN has further labels, they follow those, and OUT gets a folder of names of "
       "its own."});
  options.push_back({"encoder", &encoder, "FOLDER",
                     "Writes the rows that this pretrained text model makes of documents, in place "
                     "of their words; OUT may then be a lone X.npy."});
  return options;
}

void load_conversion_encoder(DataOptions& options, const std::string& encoder,
                             const DeviceOptions& device) {
  TextFlags& flags = options.text;
  const bool asks = flags.features == "encoder" || flags.features == "both";
  if (encoder.empty() && flags.tokenizer.empty()) {
    if (asks) throw UserError(fmt::format("--features {}: needs --encoder", flags.features));
    return;
  }
  if (flags.features == "words") {
    throw UserError("--features words: leaves --encoder and --tokenizer without use");
  }
  if (!encoder.empty() && !is_encoder_folder(encoder)) {
    throw UserError(
        fmt::format("--encoder {}: expected the folder of a pretrained text model", encoder));
  }
  if (options.format == "auto") options.format = format_name(DataFormat::kText);
  if (flags.features == "auto") flags.features = "encoder";
  if (flags.input == "auto") flags.input = encoder.empty() ? "tokens" : "tfidf";
  flags.encoder = std::make_shared<TextEncoder>(
      TextEncoderOptions{encoder, flags.tokenizer, flags.max_length, !encoder.empty()});
  flags.encoder->compute_on(set_up_device(device), device.precision);
}

Dataset read_named_documents(LineReader& in, const DataOptions& options, const std::string& names,
                             DataSchema schema, DataSchema& learned) {
  if (schema.text.empty()) {
    throw UserError(
        fmt::format("--names {}: expected the folder of a run of documents, or the folder X.names "
                    "of a conversion",
                    names));
  }
  const bool is_run_with_encoder = schema.encoder != nullptr;
  if (is_run_with_encoder && options.text.encoder != nullptr) {
    throw UserError(fmt::format("--encoder and --tokenizer: --names {} has its own", names));
  }
  if (!is_run_with_encoder && schema.text.num_features() == 0) {
    schema.encoder = options.text.encoder;
    if (schema.encoder == nullptr) {
      throw UserError(fmt::format(
          "--names {}: has labels and no words; name the encoder again (--encoder)", names));
    }
  } else {
    refuse_text_flags(options.text, "the folder of --names has settled it");
  }
  ExpectedShape expected{schema.encoder == nullptr ? schema.text.num_features() : -1,
                         schema.labels.size()};
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
