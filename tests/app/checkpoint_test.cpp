// A checkpoint file that is damaged is refused, wherever the damage is.
#include "spout/app/training/checkpoint.h"
#include "spout/losses/optimizers/optimizer.h"

#include <set>

#include "spout/app/run/run_folder.h"
#include "spout/models/model_table.h"
#include "spout/sparse/base/error.h"
#include "spout/sparse/base/random.h"
#include "spout/tests/models/model_case.h"
#include "spout/tests/testing.h"

using namespace spout;
using namespace spout::testing;

namespace {

/// A model, its optimizer and how far they are.
struct State {
  State() {
    OptimizerOptions options;
    optimizer = find_optimizer("adamw").make(named_parameters(*model), options);
    for (auto& [name, tensor] : optimizer->state())
      tensor.fill_(0.25);
    progress.epoch = 2;
    progress.step = 11;
    progress.loss_sum = 4.5;
    progress.best_metrics = {{"P@1", 0.5}};
    progress.data = "0badcafe";
    progress.batches = "0badcafe 7 3 1";
  }

  std::shared_ptr<Model> model = make(find_model("mlp"), small_options(find_model("mlp")));
  std::unique_ptr<Optimizer> optimizer;
  TrainProgress progress;
};

/// Whether both hold the same bits.
bool equal(const State& a, const State& b) {
  const auto same = [](const NamedTensors& x, const NamedTensors& y) {
    bool all = x.size() == y.size();
    for (size_t i = 0; all && i < x.size(); ++i)
      all = x[i].first == y[i].first && x[i].second.equal(y[i].second);
    return all;
  };
  const auto numbers = [](const TrainProgress& p) {
    return std::tie(p.epoch, p.batch, p.step, p.loss_sum, p.loss_rows, p.seconds, p.best_metrics,
                    p.best_epoch, p.epochs_without_gain, p.log_bytes, p.stopped_early, p.data,
                    p.batches);
  };
  return same(named_tensors(*a.model), named_tensors(*b.model)) &&
         same(a.optimizer->state(), b.optimizer->state()) &&
         numbers(a.progress) == numbers(b.progress);
}

/// "refused", "the same" or what else came of it.
std::string outcome_of(const std::string& path, const State& saved) {
  State read;
  for (auto& [name, tensor] : named_tensors(*read.model))
    tensor.detach().zero_();
  try {
    read.progress = load_checkpoint(path, *read.model, *read.optimizer);
  } catch (const FileError&) {
    return "refused";
  }
  return equal(read, saved) ? "the same" : "another state";
}

}  // namespace

TEST_CASE("checkpoint: no byte can change unnoticed") {
  const TempFolder folder;
  const State state;
  const std::string path = folder.path("checkpoint.pt");
  save_checkpoint(path, *state.model, *state.optimizer, state.progress);
  CHECK(outcome_of(path, state) == "the same");
  std::string bytes = read_bytes(path);
  constexpr size_t kEnds = 4096;
  constexpr size_t kRandom = 2000;
  std::set<size_t> places;
  uint64_t draws = 0;
  const auto random = [&](size_t below) {
    return static_cast<size_t>(
        random_below(1, RandomStream::kSynth, 0, draws++, static_cast<int64_t>(below)));
  };
  for (size_t i = 0; i < std::min(kEnds, bytes.size()); ++i)
    places.insert({i, bytes.size() - 1 - i});
  for (size_t i = 0; i < kRandom; ++i)
    places.insert(random(bytes.size()));
  size_t refused = 0;
  for (const size_t place : places) {
    const char before = bytes[place];
    bytes[place] = static_cast<char>(before ^ static_cast<char>(1 + random(255)));
    folder.write("broken.pt", bytes);
    bytes[place] = before;
    const std::string outcome = outcome_of(folder.path("broken.pt"), state);
    CAPTURE(place);
    CHECK(outcome != "another state");
    refused += outcome == "refused" ? 1 : 0;
  }
  CHECK(refused > places.size() / 2);  // the others are padding
}

TEST_CASE("checkpoint: one that is cut short is refused") {
  const TempFolder folder;
  const State state;
  const std::string path = folder.path("checkpoint.pt");
  save_checkpoint(path, *state.model, *state.optimizer, state.progress);
  const std::string bytes = read_bytes(path);
  for (size_t size = 0; size < bytes.size(); size += 97) {
    folder.write("broken.pt", bytes.substr(0, size));
    CHECK(outcome_of(folder.path("broken.pt"), state) == "refused");
  }
}
