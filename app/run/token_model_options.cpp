#include "spout/app/run/token_model_options.h"

namespace spout {

OptionGroup token_model_group(ModelOptions& m, std::string& vectors) {
  return {
      "models of tokens (cnn, transformer, embedding-bag)",
      {Option{"width", &m.token_width, "D",
              "Size of a token's vector; for transformer even and a multiple of --heads. With "
              "--vectors it is that of the file."}
           .in(1.0, 1e6),
       Option{"vectors", &vectors, "FILE",
              "Vectors that tokens begin with: text of GloVe, fastText or word2vec, a word and its "
              "numbers on each line; with --tokenizer a matrix of a row for each token (.npy, "
              ".safetensors). They are scaled to the size of random ones, and trained."},
       Option{"windows", &m.cnn.windows, "SIZES", "cnn: widths of the convolutions, in tokens."}.in(
           1.0, 1e6),
       Option{"filters", &m.cnn.filters, "N", "cnn: number of convolutions of each width."}.in(1.0,
                                                                                               1e6),
       Option{"layers", &m.transformer.layers, "N", "transformer: number of layers."}.in(1.0, 1e4),
       Option{"heads", &m.transformer.heads, "N",
              "transformer: number of attention heads in each layer."}
           .in(1.0, 1e4)}};
}

}  // namespace spout
