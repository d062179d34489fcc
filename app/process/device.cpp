#include "spout/app/process/device.h"

#include <ATen/Context.h>
#include <ATen/DeviceAccelerator.h>
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/ops/empty.h>
#include <malloc.h>

#include <array>

#include <fmt/format.h>

#include "spout/losses/chunked/score_blocks.h"
#include "spout/sparse/base/find_by_name.h"

namespace spout {

namespace {

constexpr std::array<NamedValue<Precision>, 2> kPrecisions{{
    {"fp32", Precision::kFp32},
    {"bf16", Precision::kBf16},
}};

}  // namespace

std::vector<Option> device_options(DeviceOptions& options) {
  return {
      Option{"device", &options.device, "NAME",
             "The device that computes; auto takes a GPU if there is one."}
          .one_of({"auto", "cpu", "cuda"}),
      choice("precision", options.precision, kPrecisions,
             "The number type of matrix products, and in training also of the output weights "
             "(with --output-layer chunked)."),
      Option{"threads", &options.threads, "T", "CPU threads; 0 takes one per core."}.in(0, 4096)};
}

void keep_large_blocks() {
  constexpr int kGiB = 1 << 30;
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, kGiB);
  mallopt(M_TOP_PAD, 1 << 26);
}

c10::Device set_up_device(const DeviceOptions& options) {
  if (options.threads > 0) at::set_num_threads(static_cast<int>(options.threads));
  if (options.device == "cpu") return at::kCPU;
#if defined(SPOUT_WITH_CUDA)
  if (at::hasCUDA()) return {at::kCUDA, 0};
  constexpr const char* kMissing = "this machine has no CUDA device that torch can use";
#else
  constexpr const char* kMissing =
      "this spout was built without CUDA; SPOUT_CUDA=ON scripts/setup.sh builds one with it";
#endif
  if (options.device == "cuda") throw UserError(fmt::format("--device cuda: {}", kMissing));
  return at::kCPU;
}

ComingNumber::ComingNumber(const at::Tensor& scalar) : host_(scalar.detach()) {
  if (host_.is_cpu()) return;
  host_ = at::empty({}, scalar.options().device(at::kCPU).pinned_memory(true));
  host_.copy_(scalar.detach(), /*non_blocking=*/true);
  copied_.emplace(scalar.device().type());
  copied_->record(at::accelerator::getCurrentStream(scalar.device().index()));
}

double ComingNumber::wait() {
  if (copied_) copied_->synchronize();
  return host_.item<double>();
}

PrecisionGuard::PrecisionGuard(Precision precision, c10::Device device)
    : device_(device), active_(precision == Precision::kBf16 && multiplies_bf16(device)) {
  if (!active_) return;
  at::autocast::set_autocast_dtype(device_.type(), at::kBFloat16);
  at::autocast::set_autocast_enabled(device_.type(), true);
}

PrecisionGuard::~PrecisionGuard() {
  if (!active_) return;
  at::autocast::set_autocast_enabled(device_.type(), false);
  at::autocast::clear_cache();
}

}  // namespace spout
