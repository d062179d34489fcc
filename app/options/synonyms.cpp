#include "spout/app/options/synonyms.h"

#include <array>
#include <utility>

namespace spout {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 26> kSynonyms = {{
    {"learning-rate", "lr"},
    {"batch", "batch-size"},
    {"num-epochs", "epochs"},
    {"max-epochs", "epochs"},
    {"iterations", "epochs"},
    {"input", "data"},
    {"test", "data"},
    {"topk", "top-k"},
    {"k", "top-k"},
    {"hidden-size", "hidden"},
    {"hidden-dim", "hidden"},
    {"l2", "weight-decay"},
    {"early-stopping", "patience"},
    {"validation", "valid"},
    {"val", "valid"},
    {"num-threads", "threads"},
    {"random-state", "seed"},
    {"overwrite", "force"},
    {"cross-entropy", "softmax"},
    {"crossentropy", "softmax"},
    {"categorical-crossentropy", "softmax"},
    {"binary-cross-entropy", "bce"},
    {"binary-crossentropy", "bce"},
    {"logistic", "bce"},
    {"hinge", "squared-hinge"},
    {"squared", "mse"},
}};

}  // namespace

std::string name_for_synonym(std::string_view word) {
  for (const auto& [synonym, name] : kSynonyms) {
    if (synonym == word) return std::string(name);
  }
  return "";
}

}  // namespace spout
