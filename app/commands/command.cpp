#include "spout/app/commands/command.h"

#include <array>

namespace spout {
namespace {

constexpr std::array<Command, 7> kTable{{
    {"train", "trains a model on sparse targets, and leaves a run folder", &run_train},
    {"evaluate", "prints metrics of a run, or of a prediction file, on labelled data",
     &run_evaluate},
    {"predict", "writes a run's predictions as a sparse matrix (.npz, .pt) or text", &run_predict},
    {"export", "writes a run as a TorchScript module", &run_export},
    {"convert", "converts data and matrices from one format to another", &run_convert},
    {"synth", "makes data with a planted structure, to try things out on", &run_synth},
    {"inspect", "shows what is in a data file, a run, or a prediction file", &run_inspect},
}};

}  // namespace

std::span<const Command> command_table() {
  return kTable;
}

}  // namespace spout
