// The first vectors of tokens, where --vectors names some (app/data/token_vectors.h). Training goes
// on from them.
#pragma once

#include "spout/app/data/token_vectors.h"

namespace spout {

class Encoder;

/// Puts vectors into the encoder's table of tokens, all scaled by the same factor: their values are
/// then as large on the average as the random ones, which the other tokens keep.
///   encoder  has a token_table() of this width
void begin_tokens(Encoder& encoder, const TokenVectors& vectors);

}  // namespace spout
