// libFuzzer's two entry points for the reader that SPOUT_FUZZ_READER names; see
// scripts/checks/fuzz.sh. A finding is what the sanitizers stop at, an error that is not of the
// kinds which readers promise, memory beyond what a reader may take for its input, and more than 5
// seconds.
#include <sanitizer/allocator_interface.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "spout/tests/fuzz/readers.h"

namespace {

using spout::fuzz::Reader;
using spout::fuzz::Scratch;

constexpr int64_t kFreeBytes = int64_t{8} << 20;  // buffers, and what torch makes for itself

std::atomic<int64_t> live_bytes = 0;
std::atomic<int64_t> peak_bytes = 0;
std::atomic<int64_t> block_bytes = 0;  // the largest allocation

void raise(std::atomic<int64_t>& most, int64_t value) {
  int64_t old = most;
  while (value > old && !most.compare_exchange_weak(old, value))
    continue;
}

void count_allocation(const volatile void* /*block*/, size_t size) {
  const auto bytes = static_cast<int64_t>(size);
  raise(peak_bytes, live_bytes += bytes);
  raise(block_bytes, bytes);
}

void count_release(const volatile void* block) {
  if (block == nullptr) return;
  live_bytes -= static_cast<int64_t>(__sanitizer_get_allocated_size(const_cast<void*>(block)));
}

bool is_too_much(int64_t bytes, double per_byte, size_t size) {
  const double allowed = static_cast<double>(kFreeBytes) + per_byte * static_cast<double>(size);
  return per_byte > 0 && static_cast<double>(bytes) > allowed;
}

const Reader& chosen_reader() {
  const char* name = std::getenv("SPOUT_FUZZ_READER");
  const Reader* reader = name == nullptr ? nullptr : spout::fuzz::find_reader(name);
  if (reader == nullptr) {
    std::fprintf(stderr, "SPOUT_FUZZ_READER: expected the name of a reader; known are\n");
    for (const Reader& known : spout::fuzz::all_readers())
      std::fprintf(stderr, "%s\n", std::string(known.name).c_str());
    std::exit(2);
  }
  return *reader;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  chosen_reader();
  __sanitizer_install_malloc_and_free_hooks(count_allocation, count_release);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Reader& kReader = chosen_reader();
  static const auto kScratch = std::make_unique<Scratch>();
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const int64_t before = live_bytes;
  peak_bytes = before;
  block_bytes = 0;
  const std::string defect = spout::fuzz::defect(kReader, *kScratch, input);
  const int64_t taken = peak_bytes - before;
  const bool too_much = is_too_much(taken, kReader.bytes_per_byte, size) ||
                        is_too_much(block_bytes, kReader.block_bytes_per_byte, size);
  if (defect.empty() && !too_much) return 0;
  if (too_much) {
    std::fprintf(stderr, "FINDING: %zu bytes of input took %lld bytes of memory, %lld at once\n",
                 size, static_cast<long long>(taken), static_cast<long long>(block_bytes));
  }
  if (!defect.empty()) std::fprintf(stderr, "FINDING: undocumented error: %s\n", defect.c_str());
  std::abort();
}
