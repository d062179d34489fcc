// Counter-based random numbers: each is a pure function of (seed, stream, step, index). Nothing has
// to be saved to resume a run, and the order in which parts of a step run does not matter.
#pragma once

#include <ATen/core/Generator.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <span>
#include <vector>

namespace spout {

/// The purpose of a random number. Each purpose draws from a stream of its own.
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

/// Returns 64 random bits.
///   source  the finaliser of SplitMix64 (Steele, Lea, Flood 2014), applied once per argument
uint64_t random_bits(uint64_t seed, RandomStream stream, uint64_t step, uint64_t index);

/// Returns a uniform number in [0, 1).
double random_uniform(uint64_t seed, RandomStream stream, uint64_t step, uint64_t index);

/// Returns a standard normal number (Box-Muller).
double random_normal(uint64_t seed, RandomStream stream, uint64_t step, uint64_t index);

/// Returns a uniform integer in [0, bound), for bound > 0.
int64_t random_below(uint64_t seed, RandomStream stream, uint64_t step, uint64_t index,
                     int64_t bound);

/// Shuffles `items` in place (Fisher-Yates).
///   first  index of the first random number, so that several lists in one step can differ
void shuffle(std::span<int64_t> items, uint64_t seed, RandomStream stream, uint64_t step,
             uint64_t first = 0);

/// Draws at most `most` of the numbers [0, count) without replacement, in random order.
std::vector<int64_t> random_sample(int64_t count, int64_t most, uint64_t seed, RandomStream stream);

/// Returns at most `most` of the items, drawn at random, ascending.
///   items  ascending
std::vector<int64_t> random_subset(std::vector<int64_t> items, int64_t most, uint64_t seed,
                                   RandomStream stream, uint64_t step);

/// Makes a torch generator for one use in one step; `index` tells the uses within a step apart.
at::Generator torch_generator(c10::Device device, uint64_t seed, RandomStream stream, uint64_t step,
                              uint64_t index);

}  // namespace spout
