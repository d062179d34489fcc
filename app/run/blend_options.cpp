#include "spout/app/run/blend_options.h"

#include <limits>

namespace spout {

OptionGroup blend_group(BlendOptions& o) {
  return {
      "models blend and item-blend",
      {Option{"blend-weight", &o.weight, "W",
              "Weight of the network's scores beside those of svm or item-knn; below 0 held-out "
              "rows choose it."}
           .in(-std::numeric_limits<double>::infinity(), 1e6)}};
}

}  // namespace spout
