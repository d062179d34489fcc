// The device, number type and threads that a command computes with.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Event.h>

#include <memory>
#include <optional>
#include <string>

#include "spout/app/options/option.h"

namespace spout {

/// The number type of matrix products, and of the weights of an output layer that runs in blocks.
enum class Precision : uint8_t { kFp32, kBf16 };

struct DeviceOptions {
  std::string device = "auto";
  Precision precision = Precision::kFp32;
  int64_t threads = 0;  // 0: one per core
};

/// The options --device, --precision and --threads, which every command has.
std::vector<Option> device_options(DeviceOptions& options);

/// Sets the number of threads and returns the device that `options` name.
///   throws UserError if they name cuda and there is none
c10::Device set_up_device(const DeviceOptions& options);

/// Makes malloc keep freed memory from here on. glibc gives every large block back to the system
/// and gets it again, page by page, in each step: a gradient of 140 MB then costs as much in page
/// faults as in arithmetic. Call it once the data are read, because growing arrays cannot be moved
/// without a copy afterwards.
void keep_large_blocks();

/// A scalar that is being copied from the device while the host does other work.
class ComingNumber {
 public:
  explicit ComingNumber(const at::Tensor& scalar);

  /// Waits for the copy and returns the number.
  double wait();

 private:
  at::Tensor host_;
  std::optional<c10::Event> copied_;
};

/// Runs matrix products in bf16 (autocast) as long as it lives, if that is the precision and the
/// device multiplies bf16.
class PrecisionGuard {
 public:
  PrecisionGuard(Precision precision, c10::Device device);
  ~PrecisionGuard();
  PrecisionGuard(const PrecisionGuard&) = delete;
  PrecisionGuard& operator=(const PrecisionGuard&) = delete;

 private:
  c10::Device device_;
  bool active_ = false;
};

}  // namespace spout
