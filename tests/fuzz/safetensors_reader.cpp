// The readers of pretrained models' folders: a safetensors file, and the JSON files around it.
// A file's tensors are read as well, since they are where memory would be claimed.
#include <ATen/core/Tensor.h>

#include <array>
#include <filesystem>
#include <stdexcept>

#include "spout/models/pretrained/pretrained_encoder.h"
#include "spout/models/pretrained/pretrained_folder.h"
#include "spout/sparse/files/torch/safetensors.h"
#include "spout/tests/fuzz/parts.h"
#include "spout/tests/fuzz/readers.h"

namespace spout::fuzz {
namespace {

void read_safetensors(const Scratch& scratch, std::string_view input) {
  const Safetensors file(scratch.write("model.safetensors", input));
  uint64_t bytes = 0;
  for (const std::string& name : file.names()) {
    const at::Tensor tensor = file.read(name);
    if (tensor.sizes() != at::IntArrayRef(file.find(name)->shape)) {
      throw std::logic_error("a tensor has another shape than its description");
    }
    bytes += tensor.nbytes();
  }
  if (bytes > input.size()) throw std::logic_error("tensors hold more bytes than the file");
}

// Part 0 is config.json, 1 modules.json, 2 a module's config.json, 3 sentence_bert_config.json,
// 4 tokenizer_config.json and 5 the index of shards.
void read_pretrained(const Scratch& scratch, std::string_view input) {
  constexpr std::array<std::string_view, 6> kNames{
      "config.json",           "modules.json",
      "m/config.json",         "sentence_bert_config.json",
      "tokenizer_config.json", "model.safetensors.index.json",
  };
  std::filesystem::create_directories(scratch.folder() + "/m");
  scratch.remove("model.safetensors");
  for (size_t i = 0; i < kNames.size(); ++i) {
    const std::string_view part = find_part(input, static_cast<char>('0' + i));
    scratch.remove(kNames[i]);
    if (i == 0 || !part.empty()) scratch.write(kNames[i], part);
  }
  const PretrainedFolder folder = read_pretrained_folder(scratch.folder());
  if (folder.max_length() < 1 || folder.width() < 1 || pretrained_weights(folder).empty()) {
    throw std::logic_error("a model without tokens, width or weights");
  }
  num_pretrained_weights(scratch.folder());
  PretrainedWeights weights(folder, /*read=*/true);  // refused: there are no such weights
}

constexpr std::array<Reader, 2> kReaders = {{
    {"safetensors", &read_safetensors, 1024},
    {"pretrained", &read_pretrained, 4096},
}};

}  // namespace

std::span<const Reader> pretrained_readers() {
  return kReaders;
}

}  // namespace spout::fuzz
