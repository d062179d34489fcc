// The head of the support is an ordinary output layer on the 0/1 target, with any loss and in
// blocks of labels. The head of the values is computed at the target's entries and at decoded
// entries only, so that its cost does not grow with n x L and its gradient holds the rows of labels
// that occur.
#include "spout/models/outputs/two_headed_output.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_sparse_coo_tensor_unsafe.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "spout/losses/chunked/entry_scores.h"
#include "spout/losses/value_loss.h"
#include "spout/models/base/layers.h"
#include "spout/models/base/random_layer.h"
#include "spout/models/base/script.h"
#include "spout/models/outputs/dense_output.h"

namespace spout {
namespace {

/// The target with 1 in place of each non-zero value.
at::Tensor support_of(const at::Tensor& target) {
  const at::Tensor values = target._values();
  return at::_sparse_coo_tensor_unsafe(target._indices(), values.ne(0).to(values.scalar_type()),
                                       target.sizes(), target.options(), /*is_coalesced=*/true);
}

class TwoHeadedOutput : public OutputLayer {
 public:
  TwoHeadedOutput(int64_t width, LabelRange labels, const ModelOptions& options, uint64_t seed)
      : OutputLayer(labels),
        value_options_(options.value),
        value_loss_(find_value_loss(options.value.name)) {
    const InitOptions init{seed, options.initialize};
    const double bound = 1.0 / std::sqrt(static_cast<double>(width));
    support_ =
        register_module("support", make_dense_output(width, labels, options.bf16_output, init));
    weight_ = register_parameter("value_weight", uniform_init({labels.size(), width}, bound, init,
                                                              RandomLayer::kValueOutput));
    bias_ = register_parameter("value_bias", at::zeros({labels.size()}));
  }

  at::Tensor scores(const at::Tensor& x) const override { return support_->scores(x); }

  at::Tensor loss(const at::Tensor& x, const at::Tensor& target, const Loss& loss,
                  const LossOptions& options, const OutputUpdate* update) override {
    if (options.check_target) check_domain(value_loss_, target._values());
    LossOptions support_options = options;
    support_options.check_target = false;
    const at::Tensor support = support_->loss(x, support_of(target), loss, support_options, update);
    const at::Tensor raw = entry_scores({x.to(at::kFloat), weight_, bias_, target._indices()});
    const at::Tensor values = value_loss_sum(value_loss_, raw, target._values().to(at::kFloat),
                                             options.weights.of_entries(target), value_options_);
    const double scale = reduction_scale(options.reduction, target.size(0), target.size(1));
    return support + values * (scale * value_options_.weight);
  }

  Csr predict(const at::Tensor& x, const DecodeOptions& options, const Csr* seen,
              DecodeReport* report) const override {
    return support_->predict(x, options, seen, report);
  }

  Csr values(const at::Tensor& x, const Csr& chosen) const override {
    const at::Tensor entries = to_torch_coo(chosen)._indices().to(x.device());
    const at::Tensor raw =
        entry_products({x.detach().to(at::kFloat), weight_.detach(), bias_.detach(), entries});
    Csr result = chosen;
    result.values = value_loss_.link(raw).cpu().contiguous();
    return result;
  }

  void set_prior(const at::Tensor& prior) override { support_->set_prior(prior); }
  void set_bias(const at::Tensor& bias) override { support_->set_bias(bias); }
  void set_value_bias(const at::Tensor& bias) override { bias_.data().copy_(bias); }

  void write_script(Script& script) const override {
    support_->write_script(script);
    const std::string weight = script.parameter("value_weight", weight_);
    const std::string bias = script.parameter("value_bias", bias_);
    script.values("v = (h.index_select(0, row) * " + weight + ".index_select(0, col)).sum(1) + " +
                  bias + ".index_select(0, col)");
    script.values("v = " + std::string(value_loss_.script));
  }

 private:
  ValueLossOptions value_options_;
  const ValueLoss& value_loss_;
  std::shared_ptr<OutputLayer> support_;
  at::Tensor weight_;  // [L, d] f32, of the head of the values
  at::Tensor bias_;    // [L], of the same
};

}  // namespace

std::shared_ptr<OutputLayer> make_two_headed_output(int64_t width, LabelRange labels,
                                                    const ModelOptions& options, uint64_t seed) {
  return std::make_shared<TwoHeadedOutput>(width, labels, options, seed);
}

}  // namespace spout
