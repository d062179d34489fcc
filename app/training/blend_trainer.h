// Training of a model that adds the scores of two (models/fitted/blend.h): its network is trained
// as it would be by itself on the same rows, and its other part is fitted beside it. Where the
// training finds its own length, a share of the rows is held out until then (once, also of few
// rows), or of users' items; they choose the weight of the network's scores as well, with a fitted
// part that has not seen them, and then both parts learn from them. A resumed training goes on from
// the network's checkpoint; blend.json keeps what was chosen.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "spout/app/training/training.h"
#include "spout/models/fitted/fit.h"

namespace spout {

struct ModelInfo;

class BlendTrainer : public Training {
 public:
  /// Makes the training of the network.
  using MakeTraining = std::unique_ptr<Training> (*)(const TrainOptions& options,
                                                     const RunFolder& folder, TrainData data,
                                                     c10::Device device);

  BlendTrainer(const TrainOptions& options, const RunFolder& folder, TrainData data,
               c10::Device device, MakeTraining make_network);

  /// The network begins with that of another blend, or with the weights of its like.
  void begin_with(const SavedModel& start) override;
  void resume() override;
  void run() override;
  bool finished() const override;
  void leave_model() override;
  const TrainProgress& progress() const override { return network_->progress(); }
  std::string outcome() const override;

 private:
  void hold_out();
  /// Measures the blend on the rows held out, and chooses its weight if none is given.
  void choose_weight();
  /// The network that was kept last, with the other part fitted to the given rows.
  std::shared_ptr<Model> assemble(const Dataset& data, const std::vector<int64_t>& rows);
  void fit(Model& blend, const Features& rows, const Csr& y);
  /// Whether both parts learn from what is held out, once it has chosen the weight.
  bool learns_held_out() const {
    return all_ != data_.train || all_rows_.size() != data_.rows.size();
  }
  /// Writes the weight chosen and its metrics to blend.json.
  void write_choice() const;
  void save();

  const TrainOptions& options_;
  const ModelInfo& fitted_;  // the part that is fitted in one pass
  TrainOptions network_options_;
  RunFolder folder_;
  TrainData data_;
  c10::Device device_;
  const Dataset* all_ = nullptr;   // what is learned from in the end
  std::vector<int64_t> all_rows_;  // and its rows
  double weight_;                  // below 0: not chosen yet
  SettledOptions fit_settings_;    // that the first fit has settled
  std::unique_ptr<Training> network_;
  MetricValues metrics_;  // of the blend on held-out rows
  // The blend that was measured, if it has learned from all rows.
  std::shared_ptr<Model> whole_;
};

}  // namespace spout
