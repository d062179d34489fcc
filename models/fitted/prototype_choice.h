// Chooses how the parts of the model `prototypes` are weighed: with prototypes that leave some
// training rows out, by nDCG@10 on those rows. Labels that only such a row has are then labels
// without training rows, so that these have their say as well.
#pragma once

#include <functional>

#include "spout/models/fitted/fit.h"
#include "spout/models/fitted/label_prototypes.h"

namespace spout {

/// The weights of the parts, and the score from which a label counts as predicted.
struct PrototypeMix {
  bool is_centred = true;
  double name_weight = kUsualNameWeight;
  double word_weight = 0.5;
  double offset = 0.0;
  at::Tensor map;     // [d, d], see prototype_map.h; zeros where it is of no use
  double gain = 0.0;  // nDCG@10 on the held-back rows
};

/// Fits the SVM on words to the rows `learn` and predicts the rows `test`; all its entries count.
///   returns [test, L] scores
using WordScores =
    std::function<Csr(std::span<const int64_t> learn, std::span<const int64_t> test)>;

/// Chooses the weights that `options` leave open, learns the map and keeps it if it helps, and
/// finds the offset with the best micro-F1.
///   words  null: the features have no words
PrototypeMix choose_prototype_mix(const FitInput& input, const WordScores& words,
                                  const PrototypeOptions& options);

/// The vectors of all labels with these weights, [L, d], before they are scaled and mapped.
///   sums   label_sums() of the training rows
///   texts  centred_rows() of the labels' texts, or undefined
at::Tensor weigh_prototypes(const at::Tensor& sums, const at::Tensor& texts, double name_weight);

}  // namespace spout
