// The option --threshold: a number, or a rule that finds one. `auto` takes the threshold of the
// best micro-F1 on --calibrate DATA, else on the run's validation rows, else on its training rows,
// which the model fits too well (choosing on them cost up to two points of F1, on validation rows
// at most half a point). `per-label` takes the best threshold of each label, never from training
// rows. `share:S` keeps the share S of all entries, `density` the share that the training data had.
#pragma once

#include <string>

#include "spout/app/data/data_source.h"
#include "spout/app/run/model_batches.h"
#include "spout/app/run/run_folder.h"
#include "spout/sparse/decode/decode.h"

namespace spout {

struct ThresholdRule {
  enum class Kind : uint8_t { kNone, kNumber, kAuto, kPerLabel, kDensity, kShare };
  Kind kind = Kind::kNone;
  double number = 0.0;  // the threshold of kNumber, or the share of kShare

  /// Whether a trained model is needed to find it.
  bool is_searched() const { return kind != Kind::kNone && kind != Kind::kNumber; }
};

/// The values of --threshold and --calibrate; either may be empty.
struct ThresholdOptions {
  std::string threshold;
  std::string calibrate;
};

/// The options --threshold and --calibrate.
std::vector<Option> threshold_options(ThresholdOptions& options);

/// Parses --threshold.
///   throws UserError on unknown words, and on --calibrate with a rule that does not use it
ThresholdRule parse_threshold(const ThresholdOptions& options);

/// A model, and the rows whose predictions need a threshold.
struct PredictionTask {
  const TrainedModel& trained;
  const Dataset& data;  // the rows to be predicted; their labels are not used
  ModelSetting setting;
  DataOptions format;  // how --calibrate DATA are read
};

/// Finds the threshold of a rule that is_searched(), and reports it on stderr.
///   returns  `decode` with its threshold and label_thresholds replaced
DecodeOptions find_threshold(const ThresholdRule& rule, const ThresholdOptions& options,
                             const PredictionTask& task, const DecodeOptions& decode);

}  // namespace spout
