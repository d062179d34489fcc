// The learning rate over the steps of a run, as a factor of --lr.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace spout {

struct Schedule {
  std::string_view name;
  double (*factor)(double progress);  // progress in [0, 1] after the warm-up
};

std::span<const Schedule> schedule_table();

/// Rises linearly during the first `warmup` share of all steps, then follows the schedule down.
/// The total is that of the options in force: a run resumed with more epochs continues on the
/// longer curve from the step it has reached.
///   step   from 0
double schedule_factor(std::string_view name, double warmup, int64_t step, int64_t total_steps);

}  // namespace spout
