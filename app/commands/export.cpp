// spout export: writes a run as a TorchScript module.
#include <fmt/format.h>
#include <torch/csrc/jit/serialization/export.h>

#include "spout/app/commands/command.h"
#include "spout/app/options/command_line.h"
#include "spout/app/process/device.h"
#include "spout/app/run/run_folder.h"
#include "spout/models/base/model.h"
#include "spout/sparse/base/characters.h"
#include "spout/sparse/files/io/deferred_file.h"

namespace spout {
namespace {

constexpr CommandHelp kHelp{
    "spout export RUN --output FILE",
    "Writes a TorchScript module, which torch.jit.load reads without spout. Its methods are\n"
    "  forward(x) -> scores [n, L]\n"
    "  predict(x, k, threshold) -> the k best entries of each row, torch.sparse_csr [n, L]\n"
    "  predict_parts(x, k, threshold) -> the same as tensors (crow, col, values)\n"
    "x holds rows before normalisation, which the module does itself if the run did: features [n, "
    "D]\n"
    "f32, dense or torch.sparse_csr. Where the model reads tokens, x holds their numbers [n, T] "
    "i64, with\n"
    "shorter rows padded by 0, or by the padding of --tokenizer; for --encoder FILE it is what the "
    "module takes.",
    "  spout export run --output model.ts"};

}  // namespace

void run_export(const std::vector<std::string>& arguments) {
  std::string output;
  bool force = false;
  OptionList list{{"output",
                   {{"output", &output, "FILE", "The TorchScript file to write."},
                    {"force", &force, "", "Overwrites FILE."}}}};
  DeviceOptions device;
  list.push_back({"run", device_options(device)});
  if (wants_help(arguments)) {
    fmt::print("{}", help_text(kHelp, list));
    return;
  }
  const std::vector<std::string> words = parse_command_line(list, 1, arguments).words;
  check_values(list);
  set_up_device(device);
  if (words.empty()) throw UserError("a run folder is needed; see spout export --help");
  if (output.empty()) throw UserError("--output FILE is needed; see spout export --help");
  if (lower_case(output).ends_with(".onnx")) {
    throw UserError(fmt::format("{}: only TorchScript is written (model.ts), no ONNX", output));
  }
  const TrainedModel trained = load_trained_model(words.front(), at::kCPU);
  DeferredFile file(output, force);
  const bool l2 =
      trained.options.data.normalize == "l2" && trained.shape.kind != FeatureKind::kTokens;
  // Features of users follow those of items, and an encoder's values the words: neither is scaled.
  const int64_t columns = trained.schema.has_interactions()
                              ? trained.shape.labels
                              : trained.shape.features - trained.shape.hidden;
  const torch::jit::Module module = trained.model->to_script(l2 ? columns : 0);
  const auto write = [&](const void* data, size_t size) { return file.write(data, size); };
  torch::jit::ExportModule(module, write);
  file.commit();
  fmt::print("{}: TorchScript, {} features -> {} labels\n", output, trained.shape.features,
             trained.shape.labels);
}

}  // namespace spout
