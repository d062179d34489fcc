#include "spout/app/run/item_model_options.h"

#include <array>

#include "spout/sparse/base/find_by_name.h"

namespace spout {
namespace {

constexpr std::array<NamedValue<ItemWeights>, 4> kItemWeights{{
    {"walk", ItemWeights::kWalk},
    {"cosine", ItemWeights::kCosine},
    {"tfidf", ItemWeights::kTfidf},
    {"bm25", ItemWeights::kBm25},
}};

}  // namespace

OptionGroup item_model_group(ModelOptions& m) {
  return {
      "models of users and items",
      {Option{"temperature", &m.mf.temperature, "T", "mf: scores are cosines divided by T."}.in(
           1e-3, 1e3),
       Option{"user-vectors", &m.mf.user_vectors, "",
              "mf: adds a vector for each training user to those of the user's items."},
       Option{"latent", &m.multvae.latent, "N", "multvae: size of the latent code of a user."}.in(
           1.0, 1e6),
       Option{"kl-weight", &m.multvae.kl_weight, "W",
              "multvae: weight of the KL divergence of the code from a standard normal."}
           .in(0.0, 1e6),
       Option{"kl-steps", &m.multvae.kl_steps, "STEPS",
              "multvae: number of steps over which that weight rises from 0."}
           .at_least(0.0),
       Option{
           "ridge", &m.ease.ridge, "R",
           "ease, slim: weight of the L2 penalty; 0: 25, 100, 500 or 2000, as held-out items say."}
           .in(0.0, 1e12),
       Option{
           "neighbours", &m.item_knn.neighbours, "K",
           "item-knn: number of similar items that each item names; slim: that it is learned from."}
           .in(1.0, 1e6),
       choice("item-weights", m.item_knn.weights, kItemWeights,
              "item-knn: how similar items are: walk, as likely as a random walk leads from one to "
              "a user and on to the other; or how much a user says about an item: cosine, all the "
              "same; tfidf, less the more items the user has; bm25, less also for items of many "
              "users."),
       Option{
           "walk-alpha", &m.item_knn.walk_alpha, "A",
           "item-knn, walk: the power of the probabilities of its steps; below 1, items and users "
           "of few entries count less."}
           .in(0.0, 10.0),
       Option{"walk-beta", &m.item_knn.walk_beta, "B",
              "item-knn, walk: items are divided by this power of their number of users."}
           .in(-10.0, 10.0)}};
}

}  // namespace spout
