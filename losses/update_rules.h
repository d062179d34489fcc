// The update rules, each listed once: CPU kernels of every instruction set and CUDA kernels are
// made from this list.
#pragma once

#include <tuple>

#include "losses/adagrad.h"
#include "losses/adam.h"
#include "losses/sgd.h"

namespace spout {

using UpdateRules = std::tuple<SgdRule, MomentumRule, AdamRule, AdamWRule, AdagradRule>;

inline constexpr size_t kNumRules = std::tuple_size_v<UpdateRules>;

/// Where a rule stands in the list.
template <class Rule, size_t Index = 0>
constexpr size_t index_of_rule() {
  if constexpr (std::is_same_v<Rule, std::tuple_element_t<Index, UpdateRules>>) {
    return Index;
  } else {
    return index_of_rule<Rule, Index + 1>();
  }
}

}  // namespace spout
