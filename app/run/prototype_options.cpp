#include "spout/app/run/prototype_options.h"

#include <limits>

namespace spout {

OptionGroup prototype_group(PrototypeOptions& o) {
  return {
      "model prototypes",
      {Option{"name-weight", &o.name_weight, "W",
              "Weight of a label's text in its vector, where each of its training rows weighs 1; "
              "below 0 held-out rows choose it."}
           .in(-std::numeric_limits<double>::infinity(), 1e6),
       Option{"word-weight", &o.word_weight, "W",
              "Weight of the words' SVM beside the cosine with that vector; below 0 held-out rows "
              "choose it."}
           .in(-std::numeric_limits<double>::infinity(), 1e6)}};
}

}  // namespace spout
