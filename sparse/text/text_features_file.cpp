// TextFeatures in a folder: text.json (settings and counts), terms.txt (a term a line, the line's
// number that of the feature), idf.npy (f32).
#include <ATen/ops/from_blob.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "sparse/files/error.h"
#include "sparse/files/input_file.h"
#include "sparse/files/json_integer.h"
#include "sparse/files/npy.h"
#include "sparse/files/text_writer.h"
#include "sparse/text/text_features.h"

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

void TextFeatures::save(const std::string& folder) const {
  std::filesystem::remove(terms_path(folder));
  std::filesystem::remove(idf_path(folder));
  if (options_.hash_bits == 0) write_vocabulary(terms_path(folder), terms_);
  if (!options_.tokens) {
    const auto count = static_cast<int64_t>(idf_.size());
    const at::Tensor idf = at::from_blob(const_cast<float*>(idf_.data()), {count}, at::kFloat);
    write_npy(idf_path(folder), idf, /*overwrite=*/true);
  }
  Json json = {{"version", kVersion}, {"documents", num_documents_}, {"features", num_features()}};
  json.update(to_json(options_));
  TextWriter writer(settings_path(folder), /*overwrite=*/true);
  writer.append(json.dump(2) + "\n");
  writer.commit();
}

bool TextFeatures::is_in(const std::string& folder) {
  return std::filesystem::exists(settings_path(folder));
}

TextFeatures TextFeatures::load(const std::string& folder) {
  const std::string path = settings_path(folder);
  const Json json = read_json(path);
  TextFeatures features;
  int64_t num_features = 0;
  try {
    features.options_ = options_of(json);
    check_text_options(features.options_);
    features.num_documents_ = json_integer(json.at("documents"), "documents");
    num_features = json_integer(json.at("features"), "features");
  } catch (const Json::exception& error) {
    throw FileError(fmt::format("{}: {}", path, error.what()));
  } catch (const c10::ValueError& error) {
    throw FileError(fmt::format("{}: {}", path, error.what_without_backtrace()));
  }
  if (features.options_.hash_bits == 0) features.terms_ = read_vocabulary(terms_path(folder));
  if (features.num_features() != num_features) {
    throw FileError(fmt::format("{}: expected {} features, as {} says, found {}",
                                terms_path(folder), num_features, path, features.num_features()));
  }
  if (!features.options_.tokens) {
    features.idf_ = read_idf(idf_path(folder), static_cast<size_t>(num_features));
  }
  return features;
}

}  // namespace spout
