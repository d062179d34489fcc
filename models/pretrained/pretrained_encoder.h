// The encoder of a pretrained transformer, read from a folder as Hugging Face and
// sentence-transformers write it: token numbers of the checkpoint's own tokenizer -> rows. It is
// trained here like any other encoder, or left as it is.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "spout/models/base/model_options.h"

namespace spout {

class Encoder;

/// Loads the model in the folder options.module.file: BERT, DistilBERT, RoBERTa, XLM-RoBERTa or
/// MPNet. It encodes token numbers [n, T] i64, where shape.tokens.padding fills up shorter
/// texts on the right; a text without tokens has a finite row. encode() throws ValueError on a
/// text of more tokens than there are positions; an exported module cuts it. Dropout, as
/// config.json has it, is a function of the seed and the step. options.module.freeze leaves the
/// weights as they are, and options.initialize = false does not read them.
///   shape  of token features
///   throws FileError on a folder that does not hold such a model, ValueError on other features
std::shared_ptr<Encoder> make_pretrained_encoder(const ModelShape& shape,
                                                 const ModelOptions& options);

/// The most tokens of a text, those that begin and end it included: the least of what the
/// folder's files allow.
int64_t pretrained_max_length(const std::string& folder);

/// The width of the rows.
int64_t pretrained_width(const std::string& folder);

/// The number of weights that the encoder has, from the configuration alone.
double num_pretrained_weights(const std::string& folder);

/// Estimates how many numbers a training step keeps of a text of so many tokens.
double pretrained_row_values(const std::string& folder, double tokens);

}  // namespace spout
