// log.jsonl: one JSON object per logged step and epoch, each line complete once it is there.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>

#include "sparse/metrics/metric.h"

namespace spout {

struct StepRecord {
  int64_t step = 0;
  int64_t epoch = 0;  // from 1
  double loss = 0.0;
  double lr = 0.0;
  double seconds = 0.0;
};

class RunLog {
 public:
  /// Opens the log and cuts it back to its first `keep_bytes`.
  RunLog(const std::string& path, int64_t keep_bytes);

  /// Appends {step, epoch, loss, lr, seconds, ...metrics}. At the end of an epoch `of_epoch` is set
  /// and loss is the mean over the epoch.
  void append(const StepRecord& record, bool of_epoch, const MetricValues& metrics = {});

  /// Its length, once all of it is on the disk: a checkpoint that names it must not outlive it.
  ///   throws FileError
  int64_t sync();

 private:
  std::string path_;
  std::ofstream file_;
};

}  // namespace spout
