#include "spout/losses/loss_table.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "spout/losses/logits/elementwise.h"
#include "spout/losses/logits/sampled_softmax.h"
#include "spout/losses/logits/softmax.h"
#include "spout/sparse/base/find_by_name.h"

namespace spout {
namespace {

/// Lists the element-wise formulas first, then the losses over whole rows.
std::array<Loss, kNumElementwise + 2> make_table() {
  std::array<Loss, kNumElementwise + 2> table;
  const auto elementwise = elementwise_losses();
  std::copy(elementwise.begin(), elementwise.end(), table.begin());
  Loss& softmax = table[kNumElementwise];
  softmax = {"softmax",
             "multinomial cross-entropy over all labels of a row",
             Domain::kNonNegative,
             &softmax_loss,
             &softmax_reference,
             [](const LossParameters& /*parameters*/, double mean) { return std::log(mean); },
             0.0F,
             -1,
             {},
             {}};
  Loss& sampled = table[kNumElementwise + 1];
  sampled = softmax;
  sampled.name = "sampled-softmax";
  sampled.help = "softmax over the targets and a sample of the other labels, for very many labels";
  sampled.pass = &sampled_softmax_loss;
  sampled.reference = &sampled_softmax_reference;
  sampled.samples = true;
  return table;
}

}  // namespace

std::span<const Loss> loss_table() {
  static const auto kTable = make_table();
  return kTable;
}

const Loss& find_loss(std::string_view name) {
  return find_by_name(loss_table(), name, "loss");
}

Loss loss_named(const NamedLoss& loss) {
  Loss found = find_loss(loss.name);
  found.parameters = loss.parameters;
  return found;
}

}  // namespace spout
