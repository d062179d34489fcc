#include "spout/app/run/run_folder.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "spout/app/data/names_beside.h"
#include "spout/app/data/text_encoder.h"
#include "spout/app/options/config_file.h"
#include "spout/models/base/model.h"
#include "spout/models/model_table.h"
#include "spout/sparse/base/error.h"
#include "spout/sparse/base/numbers.h"
#include "spout/sparse/files/io/json_integer.h"
#include "spout/sparse/files/io/output_file.h"
#include "spout/sparse/files/io/text_writer.h"
#include "spout/sparse/files/torch/torch_file.h"
#include "spout/sparse/tokenizers/tokenizer.h"

namespace spout {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* kShapeRecord = "spout.json";

int64_t size_in(const Json& shape, const char* name) {
  const int64_t size = json_integer(shape[name], name);
  TORCH_CHECK_VALUE(size >= 0 && size <= kMaxDimension, name, ": expected a count, found ", size);
  return size;
}

/// Throws FileError if the file claims more features, labels or hidden values than it has weights
/// for. Called before a model of such a shape is made and takes all memory.
void check_claims(const SavedModel& file, const ModelOptions& options) {
  double found = 1;  // a sparse weight without rows still has one row pointer
  for (const auto& [name, tensor] : file.tensors.described())
    found += static_cast<double>(tensor.numel());
  const ModelInfo& info = find_model(file.options.model);
  const ModelShape shape = file.shape.of_model();
  // The weights of a module from --encoder need not grow with the features.
  const bool keeps_features = info.reads != Reads::kAny;
  const double claimed =
      std::max({info.num_weights(shape, options) - found, static_cast<double>(shape.labels),
                keeps_features ? static_cast<double>(shape.features) : 0.0});
  if (claimed <= found) return;
  throw FileError(
      fmt::format("{}: expected the weights of a model of {} features and {} labels, "
                  "found {:.0f} numbers",
                  RunFolder(file.path).model_path(), shape.features, shape.labels, found - 1));
}

/// Gives a run of numbered users and items, as earlier versions trained it, the names that stand
/// beside its training data.
void take_names_beside(DataSchema& schema, const std::string& train, int64_t num_items) {
  if (!schema.has_interactions() || !schema.labels.empty()) return;
  auto names = find_names_beside(train);
  if (!names || names->items.size() != num_items) return;
  Vocabulary users;
  for (int64_t i = 0; i < schema.users.size(); ++i) {
    int64_t number = 0;
    if (!parse_int(schema.users.name(i), number) || number < 0 || number >= names->users.size()) {
      return;
    }
    users.add(names->users.name(number));
  }
  schema.labels = std::move(names->items);
  schema.users = std::move(users);
}

/// Copies a file; a copy of itself is left alone.
void copy_file(const std::string& file, const std::string& copy) {
  if (fs::exists(copy) && fs::equivalent(file, copy)) return;
  std::ifstream from(file, std::ios::binary);
  OutputFile to(copy, /*overwrite=*/true);
  std::vector<char> bytes(1 << 20);
  while (from.read(bytes.data(), static_cast<std::streamsize>(bytes.size())) || from.gcount() > 0)
    to.write(bytes.data(), static_cast<size_t>(from.gcount()));
  if (!from.eof()) throw FileError(file + ": cannot read this file");
  to.commit();
}

/// The file that marks a folder as a copy that spout made, and a whole one.
std::string copy_mark(const std::string& folder) {
  return folder + "/copied-by-spout";
}

bool is_copy(const std::string& folder) {
  return fs::exists(copy_mark(folder));
}

/// Copies files of `from`, a folder or a file in one, into the folder `to`. An empty name removes
/// that folder, if it is a copy.
///   names  the files to copy, by their paths within the folder
void keep_files(const std::string& from, const std::string& to,
                const std::vector<std::string>& names) {
  const fs::path folder = fs::is_directory(from) ? fs::path(from) : fs::path(from).parent_path();
  if (is_copy(to) && !from.empty() && fs::equivalent(folder, to)) return;
  if (is_copy(to)) fs::remove_all(to);
  if (from.empty()) return;
  for (const std::string& name : names) {
    const fs::path copy = fs::path(to) / name;
    fs::create_directories(copy.parent_path());
    copy_file((folder / name).string(), copy.string());
  }
  TextWriter mark(copy_mark(to), /*overwrite=*/true);
  mark.append("Copied from " + from + "\n");
  mark.commit();
}

std::vector<std::string> tokenizer_file_names(const std::string& tokenizer) {
  std::vector<std::string> names;
  for (const std::string& file : tokenizer_files(tokenizer))
    names.push_back(fs::path(file).filename().string());
  return names;
}

}  // namespace

bool RunFolder::has_run() const {
  return fs::exists(options_path());
}

void RunFolder::check_free(bool force) const {
  if (fs::exists(path_) && !fs::is_directory(path_)) {
    throw UserError(fmt::format("{}: exists and is not a folder", path_));
  }
  if (force) return;
  if (has_run()) {
    throw UserError(
        fmt::format("{}: holds a run; --resume continues it, --force overwrites it", path_));
  }
  std::vector<std::string> files = schema_paths(path_);
  files.insert(files.end(), {checkpoint_path(), model_path(), of_network().model_path(), log_path(),
                             module_path(), pretrained_path(), tokenizer_path()});
  for (const std::string& file : files) {
    if (fs::exists(file)) {
      throw UserError(fmt::format("{}: exists; --force overwrites it", file));
    }
  }
}

void RunFolder::make() const {
  std::error_code error;
  fs::create_directories(path_, error);
  if (error) {
    throw UserError(fmt::format("{}: cannot make this folder: {}", path_, error.message()));
  }
}

void RunFolder::remove_unfinished() const {
  for (const auto& entry : fs::directory_iterator(path_)) {
    if (is_left_unfinished(entry.path().string())) fs::remove(entry.path());
  }
}

bool RunFolder::has_checkpoint() const {
  return fs::exists(checkpoint_path());
}

void RunFolder::clear() const {
  for (const std::string& file : {options_path(), checkpoint_path(), model_path(),
                                  of_network().model_path(), blend_path(), log_path()})
    fs::remove(file);
  fs::remove_all(search_path());
  fs::remove_all(race_path());
}

std::string RunFolder::encoder_path() const {
  return is_copy(pretrained_path()) ? pretrained_path() : module_path();
}

void RunFolder::keep_encoder(const TrainOptions& options) const {
  const bool is_folder = is_encoder_folder(options.encoder);
  if (options.encoder.empty() || is_folder) fs::remove(module_path());
  if (!options.encoder.empty() && !is_folder) copy_file(options.encoder, module_path());
  const std::string& tokenizer = options.data.text.tokenizer;
  const std::string pretrained = is_folder ? options.encoder : "";
  keep_files(pretrained, pretrained_path(),
             is_folder ? encoder_files(pretrained, tokenizer.empty()) : std::vector<std::string>());
  keep_files(tokenizer, tokenizer_path(),
             tokenizer.empty() ? std::vector<std::string>() : tokenizer_file_names(tokenizer));
}

bool RunFolder::use_copies(TrainOptions& options) const {
  const bool has_encoder = is_copy(pretrained_path());
  const bool has_tokenizer = is_copy(tokenizer_path());
  if (has_encoder) options.encoder = absolute_data_path(pretrained_path());
  if (has_tokenizer) options.data.text.tokenizer = absolute_data_path(tokenizer_path());
  return has_encoder || has_tokenizer;
}

void RunFolder::write_options(TrainOptions& options) const {
  TextWriter writer(options_path(), /*overwrite=*/true);
  writer.append(config_text(train_option_list(options)));
  writer.commit();
}

void RunFolder::check_has_run() const {
  if (has_run()) return;
  throw UserError(fmt::format("{}: expected a run folder (with options.json){}", path_,
                              fs::exists(path_) ? "" : ", found nothing of that name"));
}

TrainOptions RunFolder::read_options() const {
  check_has_run();
  TrainOptions options;
  read_config(train_option_list(options), options_path());
  return options;
}

DataSchema read_schema(const RunFolder& folder, const TrainOptions& options) {
  DataSchema schema = load_schema(folder.path(), options.data.format);
  const bool has_encoder = is_copy(folder.pretrained_path());
  const bool has_tokenizer = is_copy(folder.tokenizer_path());
  if (schema.text.empty() || (!has_encoder && !has_tokenizer)) return schema;
  if (options.data.text.features == "words") return schema;
  schema.encoder = std::make_shared<TextEncoder>(TextEncoderOptions{
      has_encoder ? folder.pretrained_path() : "", has_tokenizer ? folder.tokenizer_path() : "",
      options.data.text.max_length, has_encoder && freezes_encoder(options)});
  return schema;
}

NamedTensors named_parameters(Model& model) {
  NamedTensors named;
  for (const auto& item : model.named_parameters())
    named.emplace_back(item.key(), item.value());
  return named;
}

NamedTensors named_tensors(Model& model) {
  NamedTensors named = named_parameters(model);
  for (const auto& item : model.named_buffers())
    named.emplace_back(item.key(), item.value());
  return named;
}

bool may_be_missing(std::string_view name) {
  return name == "prior" || name.ends_with(".prior");
}

void load_tensors(Model& model, const TorchTensors& file, const std::string& prefix) {
  const at::NoGradGuard no_grad;
  for (auto& [name, parameter] : named_tensors(model)) {
    const auto found = file.described().find(prefix + name);
    if (found == file.described().end()) {
      if (may_be_missing(name)) continue;
      throw FileError(fmt::format("{}: expected a tensor '{}'", file.path(), name));
    }
    const at::IntArrayRef sizes = found->second.sizes();
    if (sizes != parameter.sizes()) {
      // An empty vector is part of a sparse weight, whose number of entries the file decides.
      const bool is_open = parameter.dim() == 1 && parameter.numel() == 0;
      if (!is_open || sizes.size() != 1) {
        throw FileError(fmt::format("{}: the tensor '{}' has another shape than in the model",
                                    file.path(), name));
      }
      parameter.set_data(at::empty(sizes, parameter.options()));
    }
    file.read(found->first, parameter);
  }
  try {
    model.output().check_tensors();
  } catch (const Error& error) {
    throw FileError(fmt::format("{}: {}", file.path(), error.what()));
  } catch (const c10::Error& error) {
    throw FileError(fmt::format("{}: {}", file.path(), error.what_without_backtrace()));
  }
}

void save_model(const std::string& path, Model& model, const RunShape& shape) {
  const Json json{
      {"features", shape.features},     {"labels", shape.labels},
      {"density", shape.density},       {"kind", find_by_value(kFeatureKinds, shape.kind).name},
      {"hidden", shape.hidden},         {"padding", shape.tokens.padding},
      {"unknown", shape.tokens.unknown}};
  write_torch_tensors(path, named_tensors(model), {{kShapeRecord, json.dump()}},
                      /*overwrite=*/true);
}

RunShape read_shape(const std::string& path) {
  const Json shape = Json::parse(read_torch_record(path, kShapeRecord), nullptr, false);
  if (!shape.is_object() || !shape.contains("features") || !shape.contains("labels")) {
    throw FileError(fmt::format("{}: expected the shape of a model in it", path));
  }
  try {
    RunShape read{size_in(shape, "features"), size_in(shape, "labels"), shape.value("density", 0.0),
                  find_by_name(kFeatureKinds, shape.value("kind", "sparse"), "features").value};
    if (shape.contains("hidden")) {  // earlier versions did not write these
      read.hidden = size_in(shape, "hidden");
      read.tokens = {size_in(shape, "padding"), size_in(shape, "unknown")};
    }
    TORCH_CHECK_VALUE(read.hidden <= read.features, "hidden: expected at most ", read.features,
                      " features, found ", read.hidden);
    return read;
  } catch (const Json::exception& error) {
    throw FileError(fmt::format("{}: {}", path, error.what()));
  } catch (const c10::ValueError& error) {
    throw FileError(fmt::format("{}: {}", path, error.what_without_backtrace()));
  }
}

SavedModel read_saved_model(const std::string& path) {
  const RunFolder folder(path);
  TrainOptions options = folder.read_options();
  DataSchema schema = read_schema(folder, options);
  const std::string file = folder.model_path();
  if (!fs::exists(file)) {
    throw UserError(fmt::format(
        "{}: holds no model yet; spout train --output {} --resume continues the training{}", path,
        path,
        folder.has_checkpoint() ? ", and with --epochs 1 writes the model that it has by then"
                                : ""));
  }
  if (!options.encoder.empty()) options.model_options.module.file = folder.encoder_path();
  const RunShape shape = read_shape(file);
  take_names_beside(schema, options.train, shape.labels);
  // A run on a part of a split reads raw data by the limit of the split.
  if (schema.has_interactions() && options.data.min_rating.empty()) {
    options.data.min_rating = min_rating_of_split(options.train);
  }
  if (schema.item_counts.defined() && schema.item_counts.numel() != shape.labels) {
    throw FileError(fmt::format("{}: expected counts of {} items, found {}", path, shape.labels,
                                schema.item_counts.numel()));
  }
  return {path, std::move(options), shape, std::move(schema), TorchTensors(file)};
}

TrainedModel load_trained_model(const std::string& path, c10::Device device) {
  SavedModel file = read_saved_model(path);
  ModelOptions model_options = model_options_of(file.options);
  model_options.initialize = false;
  check_claims(file, model_options);
  TrainedModel trained{std::move(file.options), file.shape, nullptr, std::move(file.schema)};
  trained.model = find_model(trained.options.model)
                      .make(trained.shape.of_model(), model_options,
                            static_cast<uint64_t>(trained.options.seed));
  load_tensors(*trained.model, file.tensors);
  trained.model->to(device);
  if (trained.schema.encoder != nullptr) {
    trained.schema.encoder->compute_on(device, trained.options.device.precision);
  }
  return trained;
}

ExpectedShape TrainedModel::expected(bool needs_labels) const {
  ExpectedShape result{shape.features, shape.labels, needs_labels};
  result.schema = &schema;
  return result;
}

DataOptions TrainedModel::format_of(const DataOptions& asked) const {
  DataOptions format = asked;
  const DataOptions left;
  const DataOptions& own = options.data;
  if (format.normalize == left.normalize) format.normalize = own.normalize;
  format.hidden_of_run = shape.hidden;
  if (!asks_for_ratings(asked)) {
    format.min_rating = own.min_rating;
    format.ratings = own.ratings;
    format.ratings_of_run = true;
  }
  if (asked.columns.empty()) {
    format.columns = own.columns;
    format.columns_of_run = true;
  }
  if (asked.index_base == left.index_base) {
    format.index_base = own.index_base;
    format.index_base_of_run = true;
  }
  return format;
}

DataOptions TrainedModel::own_format() const {
  DataOptions format = options.data;
  format.ratings_of_run = format.columns_of_run = format.index_base_of_run = true;
  format.is_known = true;
  return format;
}

}  // namespace spout
