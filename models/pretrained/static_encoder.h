// The encoder of a folder with static token vectors, as sentence-transformers' StaticEmbedding and
// model2vec write it: the mean of the tokens' vectors, then the steps of modules.json.
#pragma once

#include <cstdint>
#include <memory>

#include "spout/models/base/model_options.h"
#include "spout/models/pretrained/pretrained_folder.h"

namespace spout {

class Encoder;

/// As make_pretrained_encoder(), of a folder where modules.is_static. The mean of no tokens is
/// zeros.
std::shared_ptr<Encoder> make_static_encoder(const PretrainedFolder& folder,
                                             const ModelShape& shape, const ModelOptions& options);

}  // namespace spout
