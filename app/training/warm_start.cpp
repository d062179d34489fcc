#include "spout/app/training/warm_start.h"

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "spout/app/process/say.h"
#include "spout/models/base/model.h"
#include "spout/models/model_table.h"

namespace spout {
namespace {

std::string sizes_text(const at::Tensor& tensor) {
  return fmt::format("[{}]", fmt::join(tensor.sizes().vec(), ", "));
}

/// Tells which sizes of tensors may have grown since the run: those of labels and of features.
struct Growth {
  RunShape from;
  RunShape to;

  bool allows(int64_t old_size, int64_t new_size) const {
    if (old_size == new_size) return true;
    return (old_size == from.labels && new_size == to.labels && old_size < new_size) ||
           (old_size == from.features && new_size == to.features && old_size < new_size);
  }
  bool allows(const at::Tensor& old_tensor, const at::Tensor& new_tensor) const {
    bool fits = old_tensor.dim() == new_tensor.dim();
    for (int64_t i = 0; fits && i < old_tensor.dim(); ++i)
      fits = allows(old_tensor.size(i), new_tensor.size(i));
    return fits;
  }
};

/// The part of a tensor, from index 0 of each dimension, that is as large as `like`.
at::Tensor corner(at::Tensor tensor, const at::Tensor& like) {
  for (int64_t i = 0; i < tensor.dim(); ++i)
    tensor = tensor.narrow(i, 0, like.size(i));
  return tensor;
}

/// Whether a label's number means the same label in the run and in these data.
bool same_labels(const SavedModel& start, const RunShape& shape) {
  const bool by_name = !start.schema.labels.empty() || start.schema.has_interactions();
  return by_name || start.shape.labels == shape.labels;
}

void check_grows(const SavedModel& start, const RunShape& shape) {
  const auto check = [&](const char* what, int64_t before, int64_t now) {
    if (now >= before) return;
    throw UserError(fmt::format("--extend {}: it has {} {}, these data only {}", start.path, before,
                                what, now));
  };
  check("labels", start.shape.labels, shape.labels);
  check("features", start.shape.features, shape.features);
}

void tell(const SavedModel& start, const RunShape& shape, bool with_output) {
  const std::string of_labels =
      !with_output ? "its encoder; labels differ, so the output layer is new"
      : shape.labels == start.shape.labels
          ? "all weights"
          : fmt::format("all weights; {} labels are new", shape.labels - start.shape.labels);
  say("warm start: {}: {}\n", start.path, of_labels);
}

}  // namespace

SavedModel read_warm_start(const std::string& path) {
  SavedModel start = read_saved_model(path);
  if (start.options.model_options.mf.user_vectors) {
    throw UserError(fmt::format(
        "--warm-start {}: this run has --user-vectors, which belong to its own users only", path));
  }
  return start;
}

void begin_with(const SavedModel& start, const RunShape& shape, Model& model, bool extends) {
  if (extends) check_grows(start, shape);
  const char* option = extends ? "extend" : "warm-start";
  const auto& by_name = start.tensors.described();
  const bool is_blend = find_model(start.options.model).is_blend();
  const std::string prefix = is_blend ? "output.network." : "";
  const bool with_output = extends || same_labels(start, shape);
  const Growth growth{start.shape, shape};
  const at::NoGradGuard no_grad;
  for (auto& [name, tensor] : named_tensors(model)) {
    if (!with_output && name.starts_with("output.")) continue;
    const auto found = by_name.find(prefix + name);
    if (found == by_name.end()) {
      if (may_be_missing(name)) continue;
      throw UserError(
          fmt::format("--{} {}: the model {} has no {}; --config {}/"
                      "options.json trains the same model",
                      option, start.path, start.options.model, name, start.path));
    }
    if (!growth.allows(found->second, tensor)) {
      throw UserError(fmt::format(
          "--{} {}: {} is {} there and {} here; --config {}/"
          "options.json trains the same model",
          option, start.path, name, sizes_text(found->second), sizes_text(tensor), start.path));
    }
    start.tensors.read(prefix + name, corner(tensor.detach(), found->second));
  }
  tell(start, shape, with_output);
}

}  // namespace spout
