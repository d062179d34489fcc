// The values of --effort: how long a race (app/race) may look for what the options leave open, and
// how long the training of what is left open may take. All times are estimates, for two cores.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "spout/models/fitted/svm_plan.h"

namespace spout {

struct Effort {
  std::string_view name;
  int64_t rows;    // the most rows of a sample; 0: there is no race
  int64_t users;   // or users
  int64_t items;   // the most items of users
  double seconds;  // that a race may take, unless the sample is small
  // A network that takes longer on all rows is no candidate beside models fitted in one pass.
  double network_seconds;
  SvmBudget svm;
};

inline constexpr std::array<Effort, 3> kEfforts{{
    {"fast", 0, 0, 0, 0.0, 0.0, {15.0, 100.0, 2}},
    {"normal", 8'000, 32'000, 4'000, 60.0, 5'400.0, {120.0, 400.0, 6}},
    {"best", 60'000, 256'000, 20'000, 1'200.0, 54'000.0, {1'200.0, 4'000.0, 10}},
}};

}  // namespace spout
