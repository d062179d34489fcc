// Prediction in blocks of labels merges the scores of each block into every row's best entries so
// far. Memory beyond weights and results does not grow with L.
#pragma once

#include "spout/losses/chunked/score_blocks.h"
#include "spout/sparse/decode/decode.h"

namespace spout {

/// The best entries of every row, columns ascending, in host memory.
/// bf16 scores are ranked and returned as rounded. Of equal scores the first label wins (on CUDA
/// with top_k any of them).
///   seen    entries of [n, L] that must not be chosen; may be null
///   report  may be null
///   throws ValueError on shapes, and where a score is not a number
Csr chunked_predict(ScoreBlocks& scores, const DecodeOptions& options, const Csr* seen,
                    DecodeReport* report = nullptr);

}  // namespace spout
