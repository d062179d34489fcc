// The values of --effort: how long a race (app/race) may look for what the options leave open.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace spout {

struct Effort {
  std::string_view name;
  int64_t rows;    // the most rows of a sample; 0: there is no race
  int64_t users;   // or users
  int64_t items;   // the most items of users
  double seconds;  // the estimate that a race may reach, unless the sample is small
};

inline constexpr std::array<Effort, 3> kEfforts{{
    {"fast", 0, 0, 0, 0.0},
    {"normal", 8'000, 32'000, 4'000, 60.0},
    {"best", 60'000, 256'000, 20'000, 1'200.0},
}};

}  // namespace spout
