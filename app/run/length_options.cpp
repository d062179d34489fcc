#include "spout/app/run/length_options.h"

#include <fmt/format.h>

#include "spout/sparse/base/numbers.h"

namespace spout {
namespace {

/// The field of --epochs: auto, or a number from 0 to a million.
TextField epochs_field(int64_t& epochs) {
  const auto set = [&epochs](const std::string& text) {
    constexpr int64_t kMost = 1'000'000;
    int64_t number = kAutoEpochs;
    if (text != "auto" && (!parse_int(text, number) || number < 0 || number > kMost)) return false;
    epochs = number;
    return true;
  };
  const auto text = [&epochs] {
    return epochs == kAutoEpochs ? std::string("auto") : fmt::format("{}", epochs);
  };
  return {set, text, "auto or a number from 0 to 1000000"};
}

}  // namespace

std::vector<Option> length_options(LengthOptions& o) {
  return {
      Option{"epochs", epochs_field(o.epochs), "E",
             "Passes over the training rows; with 0 weights stay as they begin. auto holds out a "
             "twentieth of the rows (300 at least; below 1,500 rows each fifth in turn), trains as "
             "long as these gain by it, and then learns from them as well. prototypes learns its "
             "linear map in them; auto is 1 for it."}
          .changeable(),
      Option{"max-steps", &o.max_steps, "N",
             "--epochs auto: the most steps of the training that is tried last; 0: 26,667 (below "
             "1,500 rows 5,333), or 40 epochs if that is more."}
          .at_least(0.0)
          .changeable(),
      Option{"max-minutes", &o.max_minutes, "M",
             "--epochs auto: ends the training, finished, within M minutes from its first step; 0: "
             "no such bound."}
          .at_least(0.0)
          .changeable(),
      Option{"keep-held-out", &o.keep_held_out, "",
             "--epochs auto: does not learn from the held-out rows in the end."}};
}

}  // namespace spout
