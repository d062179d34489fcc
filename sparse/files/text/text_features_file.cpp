#include "spout/sparse/files/text/text_features_file.h"

#include <ATen/ops/from_blob.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "spout/sparse/base/error.h"
#include "spout/sparse/files/io/input_file.h"
#include "spout/sparse/files/io/json_integer.h"
#include "spout/sparse/files/io/text_writer.h"
#include "spout/sparse/files/numpy/npy.h"
#include "spout/sparse/files/text/vocabulary_file.h"

namespace spout {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;

std::string settings_path(const std::string& folder) {
  return folder + "/text.json";
}
std::string terms_path(const std::string& folder) {
  return folder + "/terms.txt";
}
std::string idf_path(const std::string& folder) {
  return folder + "/idf.npy";
}

Json to_json(const TextOptions& o) {
  const TermOptions& terms = o.terms;
  return {{"input", o.tokens ? "tokens" : "tfidf"},
          {"ngrams", {terms.ngrams.first, terms.ngrams.last}},
          {"char_ngrams", {terms.char_ngrams.first, terms.char_ngrams.last}},
          {"lowercase", terms.words.lowercase},
          {"min_chars", terms.words.min_chars},
          {"min_df", o.min_df},
          {"max_features", o.max_features},
          {"hash_bits", o.hash_bits},
          {"sublinear_tf", o.sublinear_tf},
          {"max_length", o.max_length}};
}

NgramRange range_of(const Json& json, const char* name) {
  return {json_integer(json.at(name).at(0), name), json_integer(json.at(name).at(1), name)};
}

TextOptions options_of(const Json& json) {
  TextOptions o;
  o.tokens = json.at("input").get<std::string>() == "tokens";
  o.terms.ngrams = range_of(json, "ngrams");
  o.terms.char_ngrams = range_of(json, "char_ngrams");
  json.at("lowercase").get_to(o.terms.words.lowercase);
  o.terms.words.min_chars = json_integer(json.at("min_chars"), "min_chars");
  o.min_df = json_integer(json.at("min_df"), "min_df");
  o.max_features = json_integer(json.at("max_features"), "max_features");
  o.hash_bits = json_integer(json.at("hash_bits"), "hash_bits");
  json.at("sublinear_tf").get_to(o.sublinear_tf);
  o.max_length = json_integer(json.at("max_length"), "max_length");
  return o;
}

Json read_json(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw FileError(path + ": cannot open");
  Json json = Json::parse(file, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("version")) {
    throw FileError(path + ": expected the settings of text features, found other content");
  }
  if (json["version"] != kVersion) {
    throw FileError(
        fmt::format("{}: expected version {}, found {}", path, kVersion, json["version"].dump()));
  }
  return json;
}

std::vector<float> read_idf(const std::string& path, size_t count) {
  FileSource source(path);
  const at::Tensor idf = read_npy_floats(source);
  const auto found = static_cast<size_t>(idf.numel());
  if (idf.dim() != 1 || found != count) {
    throw FileError(fmt::format("{}: expected {} numbers, found {}", path, count, found));
  }
  const float* data = idf.const_data_ptr<float>();
  return {data, data + count};
}

}  // namespace

void save_text_features(const std::string& folder, const TextFeatures& features) {
  const TextOptions& options = features.options();
  std::filesystem::remove(terms_path(folder));
  std::filesystem::remove(idf_path(folder));
  if (options.hash_bits == 0) write_vocabulary(terms_path(folder), features.terms());
  if (!options.tokens) {
    const auto count = static_cast<int64_t>(features.idf().size());
    const at::Tensor idf =
        at::from_blob(const_cast<float*>(features.idf().data()), {count}, at::kFloat);
    write_npy(idf_path(folder), idf, /*overwrite=*/true);
  }
  Json json = {{"version", kVersion},
               {"documents", features.num_documents()},
               {"features", features.num_features()}};
  json.update(to_json(options));
  TextWriter writer(settings_path(folder), /*overwrite=*/true);
  writer.append(json.dump(2) + "\n");
  writer.commit();
}

bool holds_text_features(const std::string& folder) {
  return std::filesystem::exists(settings_path(folder));
}

TextFeatures load_text_features(const std::string& folder) {
  const std::string path = settings_path(folder);
  const Json json = read_json(path);
  TextOptions options;
  int64_t num_documents = 0;
  int64_t num_features = 0;
  try {
    options = options_of(json);
    check_text_options(options);
    num_documents = json_integer(json.at("documents"), "documents");
    num_features = json_integer(json.at("features"), "features");
  } catch (const Json::exception& error) {
    throw FileError(fmt::format("{}: {}", path, error.what()));
  } catch (const c10::ValueError& error) {
    throw FileError(fmt::format("{}: {}", path, error.what_without_backtrace()));
  }
  Vocabulary terms;
  if (options.hash_bits == 0) terms = read_vocabulary(terms_path(folder));
  const int64_t expected = TextFeatures(options, num_documents, terms, {}).num_features();
  if (expected != num_features) {
    throw FileError(fmt::format("{}: expected {} features, as {} says, found {}",
                                terms_path(folder), num_features, path, expected));
  }
  std::vector<float> idf;
  if (!options.tokens) idf = read_idf(idf_path(folder), static_cast<size_t>(num_features));
  return {options, num_documents, std::move(terms), std::move(idf)};
}

}  // namespace spout
