// The output layer of the model `prototypes`. The score of a label is
//   cos(row, prototype) + word_weight * sigmoid(3 s) - offset,
// where s is the score of an SVM on words (svm.h), if the features have words: -infinity, and so no
// addition, for most labels. The features are words [D] and behind them the row [d] of a
// pretrained encoder; dense features are such a row alone. Cosines are in f32, under autocast too.
#pragma once

#include <memory>

#include "spout/models/base/model_options.h"
#include "spout/models/base/output_layer.h"

namespace spout {

/// The steepness of the sigmoid that turns an SVM's score into a vote of words.
inline constexpr double kWordSteepness = 3.0;

/// The width d of an encoder's row among features of this shape; 0: there is none.
inline int64_t hidden_width(const ModelShape& shape) {
  return shape.kind == FeatureKind::kDense ? shape.features : shape.hidden;
}

/// What a fit finds, beside the SVM's weights.
struct Prototypes {
  at::Tensor weight;       // [L, d] of length one; zeros: of this label nothing is known
  at::Tensor row_center;   // [d], of centred_rows() for rows
  at::Tensor name_center;  // [d], the same for rows of label texts
  at::Tensor map;          // [d, d], what mapped_rows() adds; zeros: nothing
  double word_weight = 0.0;
  double offset = 0.0;
};

/// Rows of length one, moved by a linear map: unit_rows(rows + rows map).
at::Tensor mapped_rows(const at::Tensor& rows, const at::Tensor& map);

class PrototypeOutput : public OutputLayer {
 public:
  /// Makes a layer without knowledge: all prototypes are zeros.
  PrototypeOutput(const ModelShape& shape, const ModelOptions& options);

  void set(const Prototypes& found);

  /// The SVM on words; null without words.
  OutputLayer* words() { return words_.get(); }

  /// Takes up further labels, of which only the rows [m, d] of their texts are known.
  void add(const at::Tensor& rows);

  at::Tensor scores(const at::Tensor& x) const override;
  at::Tensor loss(const at::Tensor& x, const at::Tensor& target, const Loss& loss,
                  const LossOptions& options, const OutputUpdate* update) override;
  Csr predict(const at::Tensor& x, const DecodeOptions& options, const Csr* seen,
              DecodeReport* report) const override;
  void check_tensors() const override;
  void set_prior(const at::Tensor& prior) override { prior_.copy_(prior); }
  void set_bias(const at::Tensor& /*bias*/) override {}
  void write_script(Script& script) const override;

 private:
  /// The two kinds of features of a batch.
  struct Parts {
    at::Tensor words;   // [n, D] torch.sparse_csr; undefined without words
    at::Tensor hidden;  // [n, d] f32, on the prototypes' device
  };
  Parts split(const at::Tensor& x) const;
  at::Tensor placed(const at::Tensor& hidden) const;
  double word_weight() const;

  int64_t num_words_;
  std::shared_ptr<OutputLayer> words_;
  at::Tensor weight_;
  at::Tensor row_center_;
  at::Tensor name_center_;
  at::Tensor map_;
  at::Tensor mix_;    // [2] f64: word weight, offset
  at::Tensor prior_;  // [L]
};

}  // namespace spout
