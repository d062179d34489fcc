#include "spout/sparse/base/random.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace spout {
namespace {

uint64_t mix(uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31U);
}

}  // namespace

uint64_t random_bits(uint64_t seed, RandomStream stream, uint64_t step, uint64_t index) {
  return mix(mix(mix(mix(seed) ^ static_cast<uint64_t>(stream)) ^ step) ^ index);
}

double random_uniform(uint64_t seed, RandomStream stream, uint64_t step, uint64_t index) {
  return static_cast<double>(random_bits(seed, stream, step, index) >> 11U) * 0x1.0p-53;
}

double random_normal(uint64_t seed, RandomStream stream, uint64_t step, uint64_t index) {
  const double u = 1.0 - random_uniform(seed, stream, step, 2 * index);  // in (0, 1]
  const double v = random_uniform(seed, stream, step, 2 * index + 1);
  return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v);
}

int64_t random_below(uint64_t seed, RandomStream stream, uint64_t step, uint64_t index,
                     int64_t bound) {
  return static_cast<int64_t>(random_bits(seed, stream, step, index) %
                              static_cast<uint64_t>(bound));
}

void shuffle(std::span<int64_t> items, uint64_t seed, RandomStream stream, uint64_t step,
             uint64_t first) {
  for (size_t left = items.size(); left > 1; --left) {
    const int64_t pick = random_below(seed, stream, step, first + left, static_cast<int64_t>(left));
    std::swap(items[left - 1], items[static_cast<size_t>(pick)]);
  }
}

std::vector<int64_t> random_sample(int64_t count, int64_t most, uint64_t seed,
                                   RandomStream stream) {
  std::vector<int64_t> numbers(static_cast<size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 0);
  shuffle(numbers, seed, stream, 0);
  numbers.resize(static_cast<size_t>(std::min(most, count)));
  return numbers;
}

std::vector<int64_t> random_subset(std::vector<int64_t> items, int64_t most, uint64_t seed,
                                   RandomStream stream, uint64_t step) {
  if (std::ssize(items) <= most) return items;
  shuffle(items, seed, stream, step);
  items.resize(static_cast<size_t>(most));
  std::sort(items.begin(), items.end());
  return items;
}

at::Generator torch_generator(c10::Device device, uint64_t seed, RandomStream stream, uint64_t step,
                              uint64_t index) {
  const uint64_t bits = random_bits(seed, stream, step, index);
  if (device.is_cpu()) return at::detail::createCPUGenerator(bits);
  at::Generator generator = at::globalContext().defaultGenerator(device).clone();
  generator.set_current_seed(bits);
  return generator;
}

}  // namespace spout
