// The numbers that tell apart the random draws of a model's layers: initial weights and dropout.
// They are part of what a seed means: changing one changes every model trained from that seed.
#pragma once

#include <cstdint>
#include <limits>

namespace spout {

struct RandomLayer {
  enum : uint64_t {
    kFirst = 0,  // the encoder's first layer; the next ones count on from it
    kCode = 500,
    kFirstBehindCode = 501,
    kCodeNoise = 999,
    kOutput = 1000,
    kValueOutput = 1001,
    kModule = 2000,
    kInput = std::numeric_limits<uint64_t>::max(),
  };
};

}  // namespace spout
