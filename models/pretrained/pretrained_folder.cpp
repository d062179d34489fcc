#include "spout/models/pretrained/pretrained_folder.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <filesystem>

#include "spout/models/base/encoder.h"
#include "spout/models/pretrained/static_table.h"
#include "spout/sparse/base/error.h"
#include "spout/sparse/files/io/input_file.h"
#include "spout/sparse/tokenizers/tokenizer_config.h"

namespace spout {
namespace {

namespace fs = std::filesystem;

/// The file of a static table.
std::string table_file(const PretrainedFolder& folder) {
  return folder.modules.transformer_folder + "/model.safetensors";
}

void add_file(uint32_t& crc, const std::string& path) {
  constexpr size_t kBlock = size_t{1} << 20U;
  FileSource file(path);
  std::string block;
  while (file.remaining() > 0) {
    block.resize(std::min<uint64_t>(kBlock, file.remaining()));
    file.read(block.data(), block.size());
    crc = static_cast<uint32_t>(
        crc32_z(crc, reinterpret_cast<const Bytef*>(block.data()), block.size()));
  }
}

}  // namespace

int64_t PretrainedFolder::width() const {
  int64_t width = transformer.width * static_cast<int64_t>(modules.pooling.size());
  for (const SentenceStep& step : modules.steps) {
    if (step.kind == SentenceStep::Kind::kDense) width = step.out;
  }
  return width;
}

int64_t PretrainedFolder::max_length() const {
  if (modules.is_static) return 0;
  int64_t most = transformer.max_tokens();
  for (const int64_t limit : {modules.max_tokens, tokenizer_max}) {
    if (limit > 0) most = std::min(most, limit);
  }
  return most;
}

std::string PretrainedFolder::tokenizer() const {
  const bool is_beside = !fs::exists(path + "/tokenizer.json") &&
                         fs::exists(modules.transformer_folder + "/tokenizer.json");
  return is_beside ? modules.transformer_folder : path;
}

PretrainedFolder read_pretrained_folder(const std::string& path) {
  PretrainedFolder folder;
  folder.path = path;
  folder.modules = read_sentence_modules(path);
  if (folder.modules.is_static) {
    const StaticTableShape table = static_table_shape(table_file(folder));
    folder.transformer.vocabulary = table.tokens;
    folder.transformer.width = table.width;
  } else {
    folder.transformer = read_transformer_config(folder.modules.transformer_folder);
    folder.tokenizer_max = read_tokenizer_config(folder.modules.transformer_folder).max_length;
  }
  int64_t width = folder.transformer.width * static_cast<int64_t>(folder.modules.pooling.size());
  for (const SentenceStep& step : folder.modules.steps) {
    if (step.kind != SentenceStep::Kind::kDense) continue;
    if (step.in != width) {
      throw FileError(fmt::format("{}/config.json: expected \"in_features\" of {}, found {}",
                                  step.folder, width, step.in));
    }
    width = step.out;
  }
  return folder;
}

std::string dense_name(size_t step) {
  return fmt::format("dense_{}", step);
}

std::vector<WeightSource> pretrained_weights(const PretrainedFolder& folder) {
  std::vector<WeightSource> weights;
  if (folder.modules.is_static) {
    const TransformerConfig& table = folder.transformer;
    weights.push_back({WeightNames::kWord, {}, {table.vocabulary, table.width}, {}});
  } else {
    weights = transformer_weights(folder.transformer);
  }
  for (WeightSource& weight : weights)
    weight.folder = folder.modules.transformer_folder;
  const std::vector<SentenceStep>& steps = folder.modules.steps;
  for (size_t i = 0; i < steps.size(); ++i) {
    const SentenceStep& step = steps[i];
    if (step.kind != SentenceStep::Kind::kDense) continue;
    weights.push_back(
        {dense_name(i) + "_weight", {"linear.weight"}, {step.out, step.in}, step.folder});
    if (step.bias) {
      weights.push_back({dense_name(i) + "_bias", {"linear.bias"}, {step.out}, step.folder});
    }
  }
  return weights;
}

PretrainedWeights::PretrainedWeights(const PretrainedFolder& folder, bool read) : read_(read) {
  if (folder.modules.is_static) table_file_ = table_file(folder);
  if (!read || folder.modules.is_static) return;
  auto checkpoint = std::make_unique<Checkpoint>(folder.modules.transformer_folder);
  checkpoint->choose_prefix(kFirstWeight, weight_prefixes());
  checkpoints_.emplace(folder.modules.transformer_folder, std::move(checkpoint));
}

at::Tensor PretrainedWeights::read(const WeightSource& weight) {
  if (!read_) return at::empty(weight.shape(), at::kFloat);
  if (weight.parts.empty()) return read_static_table(table_file_);
  std::unique_ptr<Checkpoint>& checkpoint = checkpoints_[weight.folder];
  if (checkpoint == nullptr) checkpoint = std::make_unique<Checkpoint>(weight.folder);
  std::vector<at::Tensor> parts;
  parts.reserve(weight.parts.size());
  for (const std::string& part : weight.parts)
    parts.push_back(checkpoint->read(part, weight.part_shape));
  return parts.size() == 1 ? parts[0] : at::cat(parts, 0);
}

std::map<std::string, at::Tensor> register_weights(Encoder& encoder, const PretrainedFolder& folder,
                                                   const ModelOptions& options) {
  std::map<std::string, at::Tensor> weights;
  PretrainedWeights source(folder, options.initialize);
  for (const WeightSource& weight : pretrained_weights(folder)) {
    weights[weight.name] = encoder.register_parameter(weight.name, source.read(weight),
                                                      /*requires_grad=*/!options.module.freeze);
  }
  return weights;
}

std::vector<std::string> pretrained_files(const PretrainedFolder& folder) {
  std::vector<std::string> files = folder.modules.files;
  std::vector<std::string> folders;
  if (folder.modules.is_static) {
    files.push_back(table_file(folder));
  } else {
    files.push_back(folder.transformer.path);
    const std::string limit = tokenizer_config_path(folder.modules.transformer_folder);
    if (fs::exists(limit)) files.push_back(limit);
    folders.push_back(folder.modules.transformer_folder);
  }
  for (const SentenceStep& step : folder.modules.steps) {
    if (step.kind == SentenceStep::Kind::kDense) folders.push_back(step.folder);
  }
  for (const std::string& place : folders) {
    for (const std::string& file : checkpoint_files(place))
      files.push_back(file);
  }
  return files;
}

uint32_t pretrained_fingerprint(const std::string& folder) {
  uint32_t crc = 0;
  for (const std::string& file : pretrained_files(read_pretrained_folder(folder)))
    add_file(crc, file);
  return crc;
}

}  // namespace spout
