// Where and how a command computes.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Event.h>

#include <memory>
#include <optional>
#include <string>

#include "app/options/option.h"

namespace spout {

struct DeviceOptions {
  std::string device = "auto";
  std::string precision = "fp32";  // of products; of an output layer in blocks also its weights'
  int64_t threads = 0;
};

/// The options that every command which computes has.
std::vector<Option> device_options(DeviceOptions& options);

/// Sets the number of threads, and returns the device that `options` name.
///   throws UserError on an unknown name, or on cuda where there is none
c10::Device set_up_device(const DeviceOptions& options);

/// glibc gives every large block back to the system and gets it again, page by page, at each step:
/// a gradient of 140 MB costs as much in page faults as in arithmetic. From here on blocks are
/// kept. Called once the data is read, since growing arrays cannot be moved without a copy then.
void keep_large_blocks();

/// A scalar on its way from the device: the host goes on until it asks for the number.
class ComingNumber {
 public:
  explicit ComingNumber(const at::Tensor& scalar);

  double wait();

 private:
  at::Tensor host_;
  std::optional<c10::Event> copied_;
};

/// While it lives, matrix products run in bf16 (autocast) if `precision` says so and the device
/// gains by it.
class PrecisionGuard {
 public:
  PrecisionGuard(const std::string& precision, c10::Device device);
  ~PrecisionGuard();
  PrecisionGuard(const PrecisionGuard&) = delete;
  PrecisionGuard& operator=(const PrecisionGuard&) = delete;

 private:
  c10::Device device_;
  bool active_ = false;
};

}  // namespace spout
