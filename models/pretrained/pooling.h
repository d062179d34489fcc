// Makes a text's row of its tokens' rows, and the steps of sentence-transformers that follow.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "spout/models/pretrained/affine.h"
#include "spout/models/pretrained/pretrained_folder.h"

namespace spout {

class Script;

/// A step after pooling, with its weights. Without weights it scales rows to length 1.
struct SentenceLayer {
  Affine dense;
  bool tanh = false;
};

/// Pools tokens. A text without tokens becomes a row of zeros, or of its padding (kCls).
///   h [n, T, d]    mask [n, T] bool    returns [n, modes * d]
at::Tensor pool_tokens(const at::Tensor& h, const at::Tensor& mask,
                       const std::vector<PoolingMode>& modes);

/// The steps that follow, with their weights.
///   weights  those of pretrained_weights(), by name
std::vector<SentenceLayer> sentence_layers(const PretrainedFolder& folder,
                                           const std::map<std::string, at::Tensor>& weights);

/// rows [n, width] -> [n, width or dense.weight.size(0)]
at::Tensor apply_sentence_layer(const at::Tensor& rows, const SentenceLayer& layer);

/// Write the statements of the two, which replace `h`, given `real`, the mask.
void write_pooling(Script& script, const std::vector<PoolingMode>& modes);
void write_sentence_layer(Script& script, const SentenceLayer& layer);

}  // namespace spout
