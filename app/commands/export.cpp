// spout export: a run as a TorchScript module.
#include <fmt/format.h>
#include <torch/csrc/jit/serialization/export.h>

#include "app/commands/command.h"
#include "app/device.h"
#include "app/options/command_line.h"
#include "app/run_folder.h"
#include "models/model.h"
#include "sparse/files/deferred_file.h"

namespace spout {
namespace {

constexpr CommandHelp kHelp{
    "spout export RUN --output FILE",
    "Writes a TorchScript module for torch.jit.load. It takes rows as `predict` does and\n"
    "normalises them where the run did: features [n, D] f32, dense or torch.sparse_csr; of models\n"
    "that read text in its order (cnn, transformer) token numbers [n, T] i64, 0 where rows are\n"
    "filled up; of --encoder what its module takes:\n"
    "  forward(x) -> logits [n, L]      predict(x, k) -> torch.sparse_csr [n, L]\n"
    "  predict_parts(x, k) -> (crow, col, values)",
    "  spout export run --output model.ts"};

}  // namespace

void run_export(const std::vector<std::string>& arguments) {
  std::string output;
  bool force = false;
  OptionList list{{"output",
                   {{"output", &output, "FILE", "the TorchScript file"},
                    {"force", &force, "", "overwrite FILE"}}}};
  DeviceOptions device;
  list.push_back({"run", device_options(device)});
  if (wants_help(arguments)) {
    fmt::print("{}", help_text(kHelp, list));
    return;
  }
  const std::vector<std::string> words = parse_command_line(list, 1, arguments);
  set_up_device(device);
  if (words.empty()) throw UserError("a run folder is needed; see --help");
  if (output.empty()) throw UserError("--output FILE is needed; see --help");
  const TrainedModel trained = load_trained_model(words.front(), at::kCPU);
  DeferredFile file(output, force);
  const bool l2 =
      trained.options.data.normalize == "l2" && trained.shape.kind != FeatureKind::kTokens;
  // Users' own features stand behind the items and are not scaled with them.
  const int64_t columns =
      trained.schema.has_interactions() ? trained.shape.labels : trained.shape.features;
  const torch::jit::Module module = trained.model->to_script(l2 ? columns : 0);
  const auto write = [&](const void* data, size_t size) { return file.write(data, size); };
  torch::jit::ExportModule(module, write);
  file.commit();
  fmt::print("{}: TorchScript, {} features -> {} labels\n", output, trained.shape.features,
             trained.shape.labels);
}

}  // namespace spout
