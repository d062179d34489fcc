// The model `item-knn`: items that the same users have are neighbours. A user's score of an item is
// the sum of its similarities to the user's items, where each of these names its K most similar
// items only. The similarity is the product of the items' columns of users, whose entries are
// weighted:
//   walk    the weight of a random walk from an item of a users to one of these users, who has u
//           items, and on to an item of b users: (1/a * 1/u)^alpha / b^beta, summed over the users
//           (counts as shares of their means). Alone of the four it is not symmetric; with alpha
//           below 1 items and users of few entries count less, and beta holds down common items
//   cosine  as they are, and each row scaled to length 1
//   tfidf   times ln(n / number of the user's items), since who has everything says little; scaled
//   bm25    ln(n / items of the user) (k + 1) / (k (1 - b + b users / mean users) + 1), not scaled:
//           items of many users have larger sums, which b holds down
// with n items, k = 1.2 and b = 0.75. Items that no neighbour names follow by their number of
// users. Sources: Deshpande and Karypis (TOIS 2004) for the sums of K neighbours; Cooper et al.
// (WWW 2014) for the walk, and Paudel et al. (ACM TiiS 2017) for its beta; Robertson and Walker
// (SIGIR 1994) for BM25.
#pragma once

#include <memory>

#include "spout/models/fitted/fit.h"

namespace spout {

class Model;

std::shared_ptr<Model> make_item_knn(const ModelShape& shape, const ModelOptions& options,
                                     uint64_t seed);

/// Finds the neighbours of the items in input.x [n, D] among those in input.y [n, L].
///   returns NaN, since nothing is minimised
double fit_item_knn(Model& model, const FitInput& input, const ModelOptions& options);

/// Returns 0, since make_item_knn() allocates no weights: fit_item_knn() finds how many there are.
double item_knn_num_weights(const ModelShape& shape, const ModelOptions& options);

/// Estimates the bytes that fit_item_knn() takes, those of the similarities it finds included.
double fit_item_knn_bytes(const FitSize& size);

/// The similarities [D, L] of the columns of x and y, in each row the K largest that are above 0.
/// Where both have as many columns, these are the same items, and none is its own neighbour.
///   x [n, D], y [n, L] users and their items
///   poll  (may be empty) is called now and then, by any thread; may throw to stop
Csr item_neighbours(const Csr& x, const Csr& y, const ItemKnnOptions& options,
                    const std::function<void()>& poll = nullptr);

}  // namespace spout
