// Writes log.jsonl: one JSON object per logged step and epoch. Every line is flushed when it is
// complete.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>

#include "spout/sparse/metrics/metric.h"

namespace spout {

struct StepRecord {
  int64_t step = 0;
  int64_t epoch = 0;  // counted from 1
  double loss = 0.0;
  double lr = 0.0;
  double seconds = 0.0;
};

class RunLog {
 public:
  /// Opens the log and cuts it back to its first `keep_bytes`.
  RunLog(const std::string& path, int64_t keep_bytes);

  /// Appends {event, step, epoch, loss, lr, seconds, ...metrics}.
  ///   of_epoch  the record ends an epoch, and its loss is the mean over the epoch
  ///   throws FileError
  void append(const StepRecord& record, bool of_epoch, const MetricValues& metrics = {});

  /// Flushes the log to the disk and returns its length. A checkpoint stores the length, so the log
  /// must be on the disk before it.
  ///   throws FileError
  int64_t sync();

 private:
  std::string path_;
  std::ofstream file_;
};

}  // namespace spout
