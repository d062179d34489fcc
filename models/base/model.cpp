#include "spout/models/base/model.h"

#include <ATen/TensorOperators.h>

#include "spout/models/base/script.h"

namespace spout {

Model::Model(std::shared_ptr<Encoder> encoder, std::shared_ptr<OutputLayer> output)
    : encoder_(register_module("encoder", std::move(encoder))),
      output_(register_module("output", std::move(output))) {}

at::Tensor Model::scores(const at::Tensor& x) {
  return output_->scores(encoder_->encode(x, StepRandom{}));
}

at::Tensor Model::loss(const at::Tensor& x, const at::Tensor& target, const Loss& loss,
                       const LossOptions& options, const StepRandom& random,
                       const OutputUpdate* update) {
  const Encoded encoded = encoder_->encode_with_penalty(x, random);
  at::Tensor of_scores = output_->loss(encoded.hidden, target, loss, options, update);
  if (!encoded.penalty.defined()) return of_scores;
  const double rows = static_cast<double>(target.size(0));
  const double scale = reduction_scale(options.reduction, target.size(0), target.size(1)) * rows;
  return of_scores + encoded.penalty * scale;
}

Csr Model::predict_scores(const at::Tensor& x, const DecodeOptions& options, const Csr* seen) {
  return output_->predict(encoder_->encode(x, StepRandom{}), options, seen);
}

Prediction Model::predict(const at::Tensor& x, const DecodeOptions& options, const Csr* seen,
                          DecodeReport* report) {
  const at::Tensor hidden = encoder_->encode(x, StepRandom{});
  Csr scores = output_->predict(hidden, options, seen, report);
  Csr values = output_->values(hidden, scores);
  return {std::move(scores), std::move(values)};
}

torch::jit::Module Model::to_script(int64_t l2_columns) const {
  Script script(output_->labels().size());
  if (l2_columns > 0) {
    script.statement("x = self.l2_rows(x, " + std::to_string(l2_columns) + ")");
  }
  encoder_->write_script(script);
  script.begin_output();
  output_->write_script(script);
  return script.finish();
}

}  // namespace spout
