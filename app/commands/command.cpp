#include "app/commands/command.h"

#include <array>

namespace spout {
namespace {

constexpr std::array<Command, 7> kTable{{
    {"train", "train a model on sparse targets; leaves a run folder", &run_train},
    {"evaluate", "metrics of a run, or of a prediction file, on labelled data", &run_evaluate},
    {"predict", "predictions of a run as a sparse matrix (.pt, .npz) or text", &run_predict},
    {"export", "a run as a TorchScript module", &run_export},
    {"convert", "data and matrices from one format to another", &run_convert},
    {"synth", "make data with a planted structure, for trying things out", &run_synth},
    {"inspect", "what is in a data file, a run, or a prediction file", &run_inspect},
}};

}  // namespace

std::span<const Command> command_table() {
  return kTable;
}

}  // namespace spout
