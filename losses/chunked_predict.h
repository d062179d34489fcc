// Prediction in blocks of labels: the scores of a block, merged into every row's best so far.
// Memory beyond weights and results does not grow with L.
#pragma once

#include "losses/score_blocks.h"
#include "sparse/decode/decode.h"

namespace spout {

/// The best entries of every row, columns ascending, in host memory.
///   seen   [n, L] entries not to be chosen; may be null
///   rounded scores (bf16) are ranked and given as they are; of equal ones the first label wins
///   (on CUDA with top_k any of them)
///   throws ValueError on shapes and where a score is not a number
Csr chunked_predict(ScoreBlocks& scores, const DecodeOptions& options, const Csr* seen,
                    DecodeReport* report = nullptr);

}  // namespace spout
