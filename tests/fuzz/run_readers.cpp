// The readers of app/: options, and what a run folder holds. A model that could be read is asked
// for a prediction, since its indices come from the file as well.
#include <torch/nn/module.h>

#include <array>
#include <stdexcept>

#include "spout/app/options/config_file.h"
#include "spout/app/run/check_options.h"
#include "spout/app/run/model_choice.h"
#include "spout/app/run/run_folder.h"
#include "spout/app/training/checkpoint.h"
#include "spout/losses/optimizers/optimizer.h"
#include "spout/models/base/model.h"
#include "spout/models/model_table.h"
#include "spout/tests/fuzz/parts.h"
#include "spout/tests/fuzz/readers.h"

namespace spout::fuzz {
namespace {

// Part g of an archive is spout.json; the others are as torch.save calls them.
const std::vector<std::string>& record_names() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names = {"a/data.pkl", "a/byteorder"};
    for (int storage = 0; names.size() < 26; ++storage) {
      if (storage == 4) names.emplace_back("a/spout.json");
      names.push_back("a/data/" + std::to_string(storage));
    }
    return names;
  }();
  return kNames;
}

void read_options(const Scratch& scratch, std::string_view input) {
  TrainOptions options;
  read_config(train_option_list(options), scratch.write("options.json", input));
  const std::string text = config_text(train_option_list(options));
  TrainOptions again;
  read_config(train_option_list(again), scratch.write("again.json", text));
  if (config_text(train_option_list(again)) != text) {
    throw std::logic_error("options that were written read back as others");
  }
  settle_model(options);
  check_train_options(options);
}

/// Two rows, the first and last feature in one of them.
at::Tensor some_rows(const RunShape& shape) {
  const int64_t last = shape.features - 1;
  return to_torch_csr(last < 1 ? empty_csr(2, shape.features)
                               : make_csr(2, shape.features, {0, 2, 2}, {0, last}, {1.0F, 0.5F}));
}

void read_run(const Scratch& scratch, std::string_view input) {
  scratch.write("options.json", find_part(input, '0'));
  scratch.remove("labels.txt");
  const std::string_view labels = find_part(input, '1');
  if (!labels.empty()) scratch.write("labels.txt", labels);
  write_archive(scratch, "model.pt", input, record_names());
  const TrainedModel run = load_trained_model(scratch.folder(), at::kCPU);
  if (run.shape.kind != FeatureKind::kSparse || run.shape.features > 1000) return;
  DecodeOptions decode;
  decode.top_k = 3;
  run.model->predict_scores(some_rows(run.shape), decode, nullptr);
}

void read_checkpoint(const Scratch& scratch, std::string_view input) {
  const std::string path = write_archive(scratch, "checkpoint.pt", input, record_names());
  ModelOptions options;
  options.hidden = {2};
  const auto model = find_model("mlp").make({4, 3, FeatureKind::kSparse}, options, 1);
  const auto optimizer = find_optimizer("adamw").make(named_parameters(*model), {});
  load_checkpoint(path, *model, *optimizer);
}

constexpr std::array<Reader, 3> kReaders = {{
    {"config", &read_options, 512},
    {"run", &read_run, 0},
    {"checkpoint", &read_checkpoint, 1032 * 128},
}};

}  // namespace

std::span<const Reader> run_readers() {
  return kReaders;
}

}  // namespace spout::fuzz
