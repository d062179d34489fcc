// Estimates of how long candidates of a race take. They depend on sizes alone, never on the clock.
#pragma once

#include <vector>

#include "spout/app/race/candidates.h"
#include "spout/app/race/race_sample.h"

namespace spout {

/// What the work on data depends on.
struct WorkSize {
  double rows;
  double features;  // all of them
  double features_per_row;
  double labels;
  double labels_per_row;
  double folds;
};

WorkSize size_of(const Dataset& data, double rows, double folds);
WorkSize size_of(const RaceSample& sample);

/// Estimates the seconds that a candidate takes, on two cores with AVX-512. The best length of a
/// network is taken for 25 epochs or, if that is more, 300 steps, and the search for it for three
/// times as long, unless it ends as soon as a rival is out of reach.
///   has_rival  whether candidates that are fitted in one pass go before it
double seconds_of(const Entrant& entrant, const WorkSize& data, bool has_rival);

/// Estimates the seconds of several candidates that run one after the other.
double seconds_of(const std::vector<Entrant>& field, const WorkSize& size);

}  // namespace spout
