#include "spout/app/run/memory_need.h"

#include <algorithm>

#include <fmt/format.h>

#include "spout/app/process/memory.h"
#include "spout/losses/chunked/chunked.h"
#include "spout/losses/chunked/sampled_step.h"
#include "spout/losses/chunked/score_blocks.h"
#include "spout/models/model_table.h"

namespace spout {
namespace {

constexpr double kMiB = 1 << 20;
constexpr double kFloatBytes = 4;
constexpr double kLibraryBytes = 450 * kMiB;  // LibTorch itself (CUDA wheel), measured
constexpr double kTargetsPerRow = 16;         // assumed; it hardly matters
constexpr double kPadded = 2;                 // assumed tokens of a padded document over its own
constexpr double kScoreCopies = 2;            // the scores, and what autograd keeps of them

/// The need of a model that is fitted in one pass instead of trained in steps, or as well.
MemoryNeed with_fit(const ModelInfo& model, const TrainOptions& options, FitSize size,
                    MemoryNeed need) {
  size.neighbours = options.model_options.item_knn.neighbours;
  if (model.is_blend()) {
    // Its parts are put together while the trained network is there as well.
    need.workspace += need.weights + model.fit_bytes(size);
    return need;
  }
  need.gradients = 0;
  need.optimizer = 0;
  need.workspace = model.fit_bytes(size);
  return need;
}

}  // namespace

MemoryNeed memory_need(const TrainOptions& options, const TrainingData& data, c10::Device device) {
  const ModelInfo& model = find_model(options.model);
  const ModelOptions model_options = model_options_of(options);
  // An output layer straight on features runs in blocks only if they are sparse and on the CPU.
  const bool row_gradients = data.sparse_features && device.is_cpu();
  const bool chunked =
      options.output_layer == LayerScores::kBlocks && (model.has_hidden_layers || row_gradients);
  const int64_t batch = std::min(options.batch_size, data.size.rows);
  const auto rows = static_cast<double>(batch);
  const auto labels = static_cast<double>(data.size.shape.labels);
  const auto features = static_cast<double>(data.size.shape.features);
  const double all = model.num_weights(data.size.shape, model_options);
  const double output = model.num_output_weights(data.size.shape, model_options);
  // A head for values has as many weights as the other head, but gradients only for the rows of the
  // batch's labels.
  const double value_head = model.has_value_head ? output : 0.0;
  const auto state = static_cast<double>(
      find_optimizer(options.optimizer).state_per_weight(options.optimizer_options));
  // A frozen encoder has weights and nothing else.
  const double trained = model_options.module.freeze ? output + labels : all;
  // The first layer's gradient of sparse features holds only the rows of the batch's features.
  const double first =
      model_options.hidden.empty() ? labels : static_cast<double>(model_options.hidden[0]);
  const double resting = row_gradients && model.reads == Reads::kRows
                             ? std::max(features - rows * data.size.features_per_row, 0.0) * first
                             : 0.0;

  MemoryNeed need;
  need.device = device;
  need.weights = all * kFloatBytes - (model_options.bf16_output ? output * kFloatBytes / 2 : 0);
  need.optimizer = state * trained * kFloatBytes;
  need.data = static_cast<double>(data.bytes);
  need.libraries = kLibraryBytes;
  double row_values = 0;
  for (const int64_t hidden : model_options.hidden)
    row_values += 4 * static_cast<double>(hidden);
  if (model.row_values != nullptr) {
    const double tokens =
        data.longest > 0 ? static_cast<double>(data.longest) : kPadded * data.size.features_per_row;
    row_values = model.row_values(model_options, tokens);
  }
  need.workspace = rows * row_values * kFloatBytes;
  const auto width =
      static_cast<int64_t>(model.has_hidden_layers && labels > 0 ? output / labels : 0.0);
  const Loss loss = loss_of(options);
  if (!chunked) {
    need.gradients = std::max(trained - value_head - resting, 0.0) * kFloatBytes;
    need.workspace += rows * kScoreCopies * labels * kFloatBytes;
  } else {
    need.gradients = std::max(trained - output - value_head - resting, 0.0) * kFloatBytes;
    const bool bf16_scores = model_options.bf16_output && multiplies_bf16(device);
    const auto scores = at::TensorOptions(device).dtype(bf16_scores ? at::kBFloat16 : at::kFloat);
    const int64_t drawn = options.labels.sampled_labels;
    need.workspace +=
        loss.samples
            ? sampled_softmax_workspace_bytes(batch, drawn, width, kTargetsPerRow * rows)
            : chunked_workspace_bytes(loss, batch, data.size.shape.labels, width, scores, {});
  }
  return model.fit_bytes == nullptr ? need : with_fit(model, options, data.size, need);
}

std::string memory_text(const MemoryNeed& need) {
  const std::string learning = fmt::format(
      "weights {} + gradients {} + optimizer {} + workspace {}", bytes_text(need.weights),
      bytes_text(need.gradients), bytes_text(need.optimizer), bytes_text(need.workspace));
  if (!need.device.is_cpu()) {
    return fmt::format("{} = {} on {}; data {} in host memory", learning,
                       bytes_text(need.on_device()), need.device.str(), bytes_text(need.data));
  }
  return fmt::format("{} + data {} + libraries {} = {}", learning, bytes_text(need.data),
                     bytes_text(need.libraries), bytes_text(need.total()));
}

void check_memory(const MemoryNeed& need, const TrainOptions& options, const ModelShape& shape) {
  // Data and libraries are in memory already, so that the free memory does not include them.
  const bool host = need.device.is_cpu();
  const double needed = host ? need.total() : need.on_device();
  const double available =
      available_memory(need.device) + (host ? need.data + need.libraries : 0.0);
  if (needed <= available) return;
  std::string advice = "a smaller --batch-size";
  if (shape.kind == FeatureKind::kTokens && need.workspace > need.weights) {
    advice += " or --max-length";
  }
  if (options.output_layer == LayerScores::kWhole) {
    advice = "--output-layer chunked, which holds neither all scores nor their weights' gradients";
  } else if (options.model == "ease") {
    advice = "--model mf";
  } else if (find_model(options.model).fit != nullptr) {
    advice = "--model mlp";
  } else if (options.model == "linear") {
    advice = fmt::format(
        "--model mlp --hidden 256 ({} of weights)",
        bytes_text(static_cast<double>(shape.features + shape.labels) * 256 * kFloatBytes));
  } else if (need.weights > need.workspace) {
    advice = "a smaller --hidden, or --optimizer sgd, which keeps no state";
  }
  throw UserError(fmt::format("this training needs {}, but {} are free ({}); try {}",
                              bytes_text(needed), bytes_text(available), memory_text(need),
                              advice));
}

bool has_memory(const TrainOptions& options, const TrainingData& data, c10::Device device) {
  try {
    check_memory(memory_need(options, data, device), options, data.size.shape);
    return true;
  } catch (const UserError&) {
    return false;
  }
}

}  // namespace spout
