// --threshold: a number, or a way to find one. `auto` is the best F1 on --calibrate DATA, else on
// the run's validation rows, else on its training rows, which a model knows too well: up to two
// points of F1 were lost by that, and none to half a point by validation rows. `per-label` is the
// same for each label on its own, from the first two only: training rows mislead it. `share:S`
// keeps that share of all entries of the data, `density` as many as training had.
#pragma once

#include <string>

#include "app/data_source.h"
#include "app/device.h"
#include "app/run_folder.h"
#include "sparse/decode/decode.h"

namespace spout {

struct ThresholdRule {
  enum class Kind : uint8_t { kNone, kNumber, kAuto, kPerLabel, kDensity, kShare };
  Kind kind = Kind::kNone;
  double number = 0.0;  // the threshold, or the share

  /// Whether a trained model is needed to find it.
  bool is_searched() const { return kind != Kind::kNone && kind != Kind::kNumber; }
};

/// Both options; `calibrate` may be empty.
struct ThresholdOptions {
  std::string threshold;
  std::string calibrate;
};

std::vector<Option> threshold_options(ThresholdOptions& options);

/// Throws UserError on other words, and on --calibrate beside a rule that does not use it.
ThresholdRule parse_threshold(const ThresholdOptions& options);

/// How the model is run.
struct PredictionSetting {
  int64_t batch_size = 256;
  c10::Device device = at::kCPU;
  std::string precision = "fp32";
  DataOptions format;         // of --calibrate
  const Csr* seen = nullptr;  // [rows, L] entries not to be chosen from the data; may be null
};

/// Finds the threshold of a searched rule, and says on stderr which it is.
///   data     the rows to be predicted; their labels are not used
///   returns  threshold and label_thresholds of `decode`, whose other fields stay
DecodeOptions find_threshold(const ThresholdRule& rule, const ThresholdOptions& options,
                             const TrainedModel& trained, const Dataset& data,
                             const PredictionSetting& setting, const DecodeOptions& decode);

}  // namespace spout
