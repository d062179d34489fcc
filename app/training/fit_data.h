// The training rows as a model takes them that is fitted in one pass.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "spout/models/fitted/fit.h"
#include "spout/sparse/batch/dataset.h"

namespace spout {

struct ModelInfo;

/// The given rows, ascending, with sparse features: `sparse` holds all columns; or, for a model
/// that takes the rows of an encoder apart (ModelInfo::fits_hidden), `sparse` the words and
/// `hidden` those rows. Dense features are such rows, with no words beside them.
Features features_to_fit(const ModelInfo& model, const Features& x,
                         const std::vector<int64_t>& rows);

/// What the data have settled, in a line: "svm: --svm-cost 1 --svm-cost-power 0.25".
std::string settled_line(std::string_view model, const SettledOptions& found);

}  // namespace spout
