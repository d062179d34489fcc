#include "models/model.h"

#include <array>

#include "models/linear.h"
#include "models/mlp.h"
#include "models/model_table.h"
#include "models/script.h"
#include "models/two_headed.h"
#include "sparse/layout/find_by_name.h"

namespace spout {
namespace {

constexpr std::array<ModelInfo, 3> kTable{{
    {"mlp", "hidden layers of --hidden widths, then the output layer", &make_mlp, &mlp_num_weights,
     &mlp_num_output_weights, true},
    {"linear", "one weight per feature and label; --hidden is not used", &make_linear,
     &linear_num_weights, &linear_num_output_weights, false},
    {"two-headed", "hidden layers, then where the non-zeros are and, apart, their values",
     &make_two_headed, &two_headed_num_weights, &mlp_num_output_weights, true, true,
     "squared-hinge"},
}};

}  // namespace

Model::Model(std::shared_ptr<Encoder> encoder, std::shared_ptr<OutputLayer> output)
    : encoder_(register_module("encoder", std::move(encoder))),
      output_(register_module("output", std::move(output))) {}

at::Tensor Model::scores(const at::Tensor& x) {
  return output_->scores(encoder_->encode(x, StepRandom{}));
}

at::Tensor Model::loss(const at::Tensor& x, const at::Tensor& target, const Loss& loss,
                       const LossOptions& options, const StepRandom& random,
                       const OutputUpdate* update) {
  return output_->loss(encoder_->encode(x, random), target, loss, options, update);
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

torch::jit::Module Model::to_script(bool l2_rows) const {
  Script script(output_->labels().size());
  if (l2_rows) script.statement("x = self.l2_rows(x)");
  encoder_->write_script(script);
  script.begin_output();
  output_->write_script(script);
  return script.finish();
}

std::span<const ModelInfo> model_table() {
  return kTable;
}

const ModelInfo& find_model(std::string_view name) {
  return find_by_name(kTable, name, "model");
}

}  // namespace spout
