#include "spout/losses/optimizers/schedule.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "spout/sparse/base/find_by_name.h"

namespace spout {
namespace {

constexpr std::array<Schedule, 3> kTable{{
    {"cosine", [](double progress) { return 0.5 * (1.0 + std::cos(std::numbers::pi * progress)); }},
    {"linear", [](double progress) { return 1.0 - progress; }},
    {"constant", [](double /*progress*/) { return 1.0; }},
}};

}  // namespace

std::span<const Schedule> schedule_table() {
  return kTable;
}

double schedule_factor(std::string_view name, double warmup, int64_t step, int64_t total_steps) {
  const auto done = static_cast<double>(step);
  const double warmup_steps = warmup * static_cast<double>(total_steps);
  if (done < warmup_steps) return (done + 1.0) / (warmup_steps + 1.0);
  const double rest = std::max(static_cast<double>(total_steps) - warmup_steps, 1.0);
  return find_by_name(kTable, name, "schedule").factor(std::min((done - warmup_steps) / rest, 1.0));
}

}  // namespace spout
