// Modules are known by the last part of their Python name, since sentence-transformers has moved
// them between packages.
#include "spout/models/pretrained/sentence_modules.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <optional>
#include <string_view>

#include "spout/sparse/base/error.h"
#include "spout/sparse/files/io/json_part.h"

namespace spout {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMaxSize = (int64_t{1} << 31) - 1;

struct PoolingName {
  std::string_view name;
  const char* flag;  // the older files' key
  std::optional<PoolingMode> mode;
};

// In the order in which older files join them.
constexpr std::array<PoolingName, 6> kPooling{{
    {"cls", "pooling_mode_cls_token", PoolingMode::kCls},
    {"max", "pooling_mode_max_tokens", PoolingMode::kMax},
    {"mean", "pooling_mode_mean_tokens", PoolingMode::kMean},
    {"mean_sqrt_len_tokens", "pooling_mode_mean_sqrt_len_tokens", PoolingMode::kMeanSqrt},
    {"weightedmean", "pooling_mode_weightedmean_tokens", {}},
    {"lasttoken", "pooling_mode_lasttoken", {}},
}};

PoolingMode find_mode(const JsonPart& file, const Json& name) {
  std::string known;
  for (const PoolingName& entry : kPooling) {
    if (!entry.mode) continue;
    if (name.is_string() && name.get_ref<const std::string&>() == entry.name) return *entry.mode;
    known += (known.empty() ? "" : ", ") + std::string(entry.name);
  }
  file.refuse("a pooling of " + known, name);
}

std::vector<PoolingMode> read_pooling(const std::string& folder) {
  const JsonFile json(folder + "/config.json");
  const JsonPart file = json.part("the module");
  std::vector<PoolingMode> modes;
  if (file.has("pooling_mode")) {
    const Json& names = file.json()["pooling_mode"];
    if (names.is_string()) return {find_mode(file, names)};
    if (!names.is_array() || names.empty() || names.size() > kPooling.size()) {
      file.refuse("\"pooling_mode\" to be a name or a list of names", names);
    }
    for (const Json& name : names)
      modes.push_back(find_mode(file, name));
    return modes;
  }
  for (const PoolingName& entry : kPooling) {
    if (file.flag(entry.flag, false)) modes.push_back(find_mode(file, entry.name));
  }
  if (modes.empty()) modes.push_back(PoolingMode::kMean);
  return modes;
}

SentenceStep read_dense(const std::string& folder) {
  const JsonFile json(folder + "/config.json");
  const JsonPart file = json.part("the module");
  SentenceStep step;
  step.kind = SentenceStep::Kind::kDense;
  step.folder = folder;
  step.in = file.integer("in_features", {1, kMaxSize});
  step.out = file.integer("out_features", {1, kMaxSize});
  step.bias = file.flag("bias", true);
  const std::string activation = file.text("activation_function", "Tanh");
  step.tanh = activation.ends_with("Tanh");
  if (!step.tanh && !activation.ends_with("Identity")) {
    file.refuse("an activation_function of Tanh, Identity", activation);
  }
  if (file.flag("use_residual", false)) file.refuse("\"use_residual\" to be false", true);
  for (const char* key : {"module_input_name", "module_output_name"}) {
    const std::string name = file.text(key, "sentence_embedding");
    if (name != "sentence_embedding") {
      file.refuse(fmt::format("\"{}\" to be sentence_embedding", key), name);
    }
  }
  return step;
}

/// A module's class and folder.
struct ModuleEntry {
  std::string type;
  std::string folder;
};

std::vector<ModuleEntry> list_modules(const std::string& folder, const JsonPart& file) {
  constexpr size_t kMaxModules = 16;
  if (!file.json().is_array() || file.json().size() > kMaxModules) {
    file.refuse("a list of modules");
  }
  std::vector<ModuleEntry> modules;
  for (const JsonPart& entry : file.elements()) {
    const std::string type = entry.at("type").text();
    const std::string place = entry.text("path", "");
    // A folder may not send its reader to another one.
    if (place.find("..") != std::string::npos || place.starts_with('/') ||
        place.find('\0') != std::string::npos) {
      file.refuse("a module's path within the folder", place);
    }
    const bool is_whole = place.empty() || place == ".";
    modules.push_back({type.substr(type.rfind('.') + 1),  // npos + 1 is 0
                       is_whole ? folder : folder + "/" + place});
  }
  return modules;
}

void read_max_tokens(SentenceModules& found) {
  const std::string path = found.transformer_folder + "/sentence_bert_config.json";
  if (!fs::exists(path)) return;
  const JsonFile file(path);
  found.max_tokens = file.part("the settings").integer("max_seq_length", {1, kMaxSize}, 0);
  found.files.push_back(path);
}

/// Reads the modules that modules.json lists.
void read_modules(const std::string& folder, const std::string& path, SentenceModules& found) {
  const JsonFile json(path);
  const JsonPart file = json.part("the list of modules");
  const std::vector<ModuleEntry> modules = list_modules(folder, file);
  const auto type = [&](size_t i) { return i < modules.size() ? modules[i].type : ""; };
  const auto refuse = [&](const std::string& expected, size_t i) {
    if (i >= modules.size()) file.refuse_absence(expected);
    file.refuse(expected, type(i));
  };
  found.is_static = type(0) == "StaticEmbedding";
  if (!found.is_static && type(0) != "Transformer") {
    refuse("a Transformer or a StaticEmbedding as the first module", 0);
  }
  found.transformer_folder = modules[0].folder;
  found.files = {path};
  if (!found.is_static) {
    if (type(1) != "Pooling") refuse("a Pooling as the second module", 1);
    found.pooling = read_pooling(modules[1].folder);
    found.files.push_back(modules[1].folder + "/config.json");
  }
  for (size_t i = found.is_static ? 1 : 2; i < modules.size(); ++i) {
    if (type(i) == "Normalize") {
      found.steps.emplace_back();
    } else if (type(i) == "Dense") {
      found.steps.push_back(read_dense(modules[i].folder));
      found.files.push_back(modules[i].folder + "/config.json");
    } else {
      refuse("a module of Normalize, Dense behind the first ones", i);
    }
  }
}

}  // namespace

SentenceModules read_sentence_modules(const std::string& folder) {
  SentenceModules found;
  found.transformer_folder = folder;
  if (!fs::is_directory(folder)) {
    throw FileError(
        fmt::format("{}: expected a folder with config.json and model.safetensors, "
                    "found {}",
                    folder, fs::exists(folder) ? "a file" : "nothing of that name"));
  }
  const std::string path = folder + "/modules.json";
  if (!fs::exists(path) && !fs::exists(folder + "/config.json")) {
    throw FileError(fmt::format(
        "{}: expected the folder of a pretrained text model (config.json, model.safetensors, "
        "tokenizer.json), found no config.json{}",
        folder, fs::exists(folder + "/encoder") ? "; the encoder of this run is in encoder/" : ""));
  }
  if (fs::exists(path)) read_modules(folder, path, found);
  read_max_tokens(found);
  return found;
}

}  // namespace spout
