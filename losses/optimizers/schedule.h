// A schedule gives the learning rate over the steps of a run, as a factor of the highest rate.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace spout {

struct Schedule {
  std::string_view name;
  double (*factor)(double progress);  // progress is in [0, 1], counted from the end of the warm-up
};

std::span<const Schedule> schedule_table();

/// The factor of one step: it rises linearly during the first `warmup` share of all steps, then
/// follows the schedule. `total_steps` is that of the options in force, so a run resumed with more
/// epochs continues on the longer curve from the step it has reached.
///   step  counted from 0
///   throws ValueError on an unknown name, once past the warm-up
double schedule_factor(std::string_view name, double warmup, int64_t step, int64_t total_steps);

}  // namespace spout
