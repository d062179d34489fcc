// Random numbers by counter: each is a pure function of (seed, stream, step, index). Nothing has to
// be saved to resume a run, and the order in which parts of a step run does not matter.
#pragma once

#include <ATen/core/Generator.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <span>
#include <vector>

namespace spout {

/// What a number is drawn for; each use has its own stream.
enum class RandomStream : uint64_t {
  kInit = 1,
  kShuffle,
  kDropout,
  kSplit,
  kSynth,
  kRounding,
  kSampledLabels,
  kCoordinates,
  kClusters,
  kNeighbours,
  kHeldOut,
  kBlocks
};

/// 64 random bits. Source: the finaliser of SplitMix64 (Steele, Lea, Flood 2014), applied per
/// field.
uint64_t random_bits(uint64_t seed, RandomStream stream, uint64_t step, uint64_t index);

/// Uniform in [0, 1).
double random_uniform(uint64_t seed, RandomStream stream, uint64_t step, uint64_t index);

/// Standard normal (Box-Muller).
double random_normal(uint64_t seed, RandomStream stream, uint64_t step, uint64_t index);

/// Uniform integer in [0, bound), bound > 0.
int64_t random_below(uint64_t seed, RandomStream stream, uint64_t step, uint64_t index,
                     int64_t bound);

/// Shuffles `items` in place (Fisher-Yates).
///   first  which random numbers of the step to begin with, for several lists in one step
void shuffle(std::span<int64_t> items, uint64_t seed, RandomStream stream, uint64_t step,
             uint64_t first = 0);

/// Of the numbers [0, count) some, `most` at most, in random order.
std::vector<int64_t> random_sample(int64_t count, int64_t most, uint64_t seed, RandomStream stream);

/// A torch generator for one use at one step; `index` tells apart the uses within a step.
at::Generator torch_generator(c10::Device device, uint64_t seed, RandomStream stream, uint64_t step,
                              uint64_t index);

}  // namespace spout
