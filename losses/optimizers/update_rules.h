// The list of update rules, from which the CPU kernels of every instruction set and the CUDA
// kernels are made.
#pragma once

#include <tuple>

#include "spout/losses/optimizers/adagrad.h"
#include "spout/losses/optimizers/adam.h"
#include "spout/losses/optimizers/sgd.h"

namespace spout {

using UpdateRules = std::tuple<SgdRule, MomentumRule, AdamRule, AdamWRule, AdagradRule>;

inline constexpr size_t kNumRules = std::tuple_size_v<UpdateRules>;

/// The index of a rule in the list.
template <class Rule, size_t Index = 0>
constexpr size_t index_of_rule() {
  if constexpr (std::is_same_v<Rule, std::tuple_element_t<Index, UpdateRules>>) {
    return Index;
  } else {
    return index_of_rule<Rule, Index + 1>();
  }
}

}  // namespace spout
