#include "spout/app/training/run_log.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "spout/sparse/base/error.h"
#include "spout/sparse/files/io/output_file.h"

namespace spout {
namespace {

namespace fs = std::filesystem;

/// Opens the file for appending, cut back to its first `keep_bytes`; makes it if it is not there.
std::ofstream open_at(const std::string& path, int64_t keep_bytes) {
  const auto keep = static_cast<uintmax_t>(keep_bytes);
  std::error_code error;
  if (fs::exists(path) && fs::file_size(path) > keep) fs::resize_file(path, keep, error);
  std::ofstream file(path, std::ios::app);
  if (error || !file) throw FileError(path + ": cannot write the log");
  return file;
}

}  // namespace

RunLog::RunLog(const std::string& path, int64_t keep_bytes)
    : path_(path), file_(open_at(path, keep_bytes)) {}

void RunLog::append(const StepRecord& record, bool of_epoch, const MetricValues& metrics) {
  nlohmann::ordered_json line{{"event", of_epoch ? "epoch" : "step"},
                              {"step", record.step},
                              {"epoch", record.epoch},
                              {"loss", record.loss},
                              {"lr", record.lr},
                              {"seconds", record.seconds}};
  for (const auto& [name, value] : metrics)
    line[name == "loss" ? "valid_loss" : name] = value;
  file_ << line.dump() << '\n' << std::flush;
  if (!file_) throw FileError(path_ + ": cannot write the log; is the disk full?");
}

int64_t RunLog::sync() {
  if (!sync_file(path_)) throw FileError(path_ + ": cannot write the log");
  return static_cast<int64_t>(fs::file_size(path_));
}

}  // namespace spout
