// The numbers that tell apart the random draws of a model's layers: initial weights and dropout.
// They are part of what a seed means: changing one changes every model trained from that seed.
#pragma once

#include <cstdint>
#include <limits>

namespace spout {

struct RandomLayer {
  enum : uint64_t {
    kFirst = 0,              // the encoder's first layer; the next ones count on from it
    kCode = 500,             // multvae's code
    kFirstBehindCode = 501,  // multvae's decoder
    kCodeNoise = 999,        // multvae's draw of the code
    kOutput = 1000,          // the output layer
    kValueOutput = 1001,     // two-headed's second head
    kModule = 2000,          // the module of `encoder`
    // Dropout of the input.
    kInput = std::numeric_limits<uint64_t>::max(),
  };
};

}  // namespace spout
