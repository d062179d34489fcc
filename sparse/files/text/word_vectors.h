// Reads vectors of words as GloVe, fastText and word2vec publish them in text: on each line a word
// and its d numbers, between single blanks; word2vec's and fastText's files begin with a line of
// their size. Only the words that are asked for are kept, so that a file of millions of words costs
// time alone.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "spout/sparse/base/vocabulary.h"

namespace spout {

struct WordVectors {
  at::Tensor rows;             // [n, d] f32, the vectors of the words found
  std::vector<int64_t> words;  // [n], their numbers in the vocabulary, ascending
  int64_t lines = 0;           // words in the file
  int64_t folded = 0;  // of the words found, those the file has in other case alone ("Paris")
};

/// Reads the vectors of the words of a vocabulary. A word that the file writes in the same letters
/// has the first such vector; else one that is the same in lower case has the first of these.
///   throws FileError on a file that holds no vectors, among them word2vec's binary ones; on a line
///   of a known word that is not its d finite numbers
WordVectors read_word_vectors(const std::string& path, const Vocabulary& words);

}  // namespace spout
