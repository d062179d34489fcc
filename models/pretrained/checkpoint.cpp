#include "spout/models/pretrained/checkpoint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <filesystem>
#include <set>

#include "spout/sparse/base/error.h"
#include "spout/sparse/files/io/json_part.h"

namespace spout {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSingle = "model.safetensors";
constexpr const char* kIndex = "model.safetensors.index.json";

std::string shown(const std::vector<int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

[[noreturn]] void refuse_other_weights(const std::string& folder) {
  std::string found = "none";
  for (const char* other : {"pytorch_model.bin", "pytorch_model.bin.index.json", "tf_model.h5",
                            "flax_model.msgpack", "model.onnx"}) {
    if (!fs::exists(folder + "/" + other)) continue;
    found = fmt::format(
        "{} (in Python, AutoModel.from_pretrained(FOLDER).save_pretrained(FOLDER) "
        "writes safetensors)",
        other);
    break;
  }
  throw FileError(fmt::format("{}: expected {}, found {}", folder, kSingle, found));
}

/// The names of the files that an index lists.
std::set<std::string> shards_of(const std::string& index_path) {
  constexpr size_t kMaxShards = 1000;
  const JsonFile json(index_path);
  const JsonPart index = json.part("the index");
  if (!index.at("weight_map").json().is_object()) {
    index.at("weight_map").refuse("a \"weight_map\" of tensors' files");
  }
  std::set<std::string> shards;
  for (const auto& [name, file] : index.json()["weight_map"].items()) {
    const bool plain = file.is_string() &&
                       file.get_ref<const std::string&>().find('/') == std::string::npos &&
                       file.get_ref<const std::string&>().find('\0') == std::string::npos;
    if (!plain) index.refuse("the name of a file in the same folder", file);
    shards.insert(file.get<std::string>());
    if (shards.size() > kMaxShards) index.refuse("at most 1000 files", file);
  }
  return shards;
}

}  // namespace

Checkpoint::Checkpoint(const std::string& folder) {
  path_ = folder + "/" + kSingle;
  if (fs::exists(path_)) {
    files_.emplace(kSingle, Safetensors(path_));
    return;
  }
  const std::string index_path = folder + "/" + kIndex;
  if (!fs::exists(index_path)) refuse_other_weights(folder);
  path_ = index_path;
  for (const std::string& shard : shards_of(index_path))
    files_.emplace(shard, Safetensors(folder + "/" + shard));
}

void Checkpoint::choose_prefix(const std::string& name, const std::vector<std::string>& prefixes) {
  prefix_.clear();
  if (find(name).file != nullptr) return;
  for (const std::string& prefix : prefixes) {
    prefix_ = prefix;
    if (find(name).file != nullptr) return;
  }
  prefix_.clear();
}

Checkpoint::Place Checkpoint::find(const std::string& name) const {
  constexpr std::array<std::array<std::string_view, 2>, 2> kOldNames{
      {{".LayerNorm.weight", ".LayerNorm.gamma"}, {".LayerNorm.bias", ".LayerNorm.beta"}}};
  const std::string whole = prefix_ + name;
  std::vector<std::string> candidates{whole};
  for (const auto& [now, before] : kOldNames) {
    if (!whole.ends_with(now)) continue;
    candidates.push_back(whole.substr(0, whole.size() - now.size()) + std::string(before));
  }
  for (const std::string& candidate : candidates) {
    for (const auto& [file_name, file] : files_) {
      if (file.find(candidate) != nullptr) return {&file, candidate};
    }
  }
  return {};
}

at::Tensor Checkpoint::read(const std::string& name, const std::vector<int64_t>& shape) const {
  const Place place = find(name);
  if (place.file == nullptr) {
    throw FileError(fmt::format("{}: expected a tensor {}{} {}, found none", path_, prefix_, name,
                                shown(shape)));
  }
  const TensorInfo& info = *place.file->find(place.name);
  if (info.shape != shape) {
    throw FileError(fmt::format("{}: expected {} {}, as config.json has it, found {}",
                                place.file->path(), place.name, shown(shape), shown(info.shape)));
  }
  if (!at::isFloatingType(info.type)) {
    throw FileError(fmt::format("{}: expected {} of floating-point numbers, found {}",
                                place.file->path(), place.name, at::toString(info.type)));
  }
  return place.file->read(place.name).to(at::kFloat);
}

std::vector<std::string> checkpoint_files(const std::string& folder) {
  const std::string single = folder + "/" + kSingle;
  if (fs::exists(single)) return {single};
  const std::string index_path = folder + "/" + kIndex;
  if (!fs::exists(index_path)) refuse_other_weights(folder);
  std::vector<std::string> files{index_path};
  for (const std::string& shard : shards_of(index_path))
    files.push_back(folder + "/" + shard);
  return files;
}

}  // namespace spout
