#include "spout/models/outputs/csr_output.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <fmt/format.h>

#include "spout/models/base/script.h"
#include "spout/models/outputs/csr_weight.h"
#include "spout/sparse/decode/best_labels.h"
#include "spout/sparse/decode/decode.h"

namespace spout {
namespace {

class CsrOutput : public OutputLayer {
 public:
  CsrOutput(int64_t features, int64_t labels) : OutputLayer({0, labels}), features_(features) {
    weight_ = {register_buffer("crow", at::zeros({features + 1}, at::kLong)),
               register_buffer("column", at::empty({0}, at::kInt)),
               register_buffer("weight", at::empty({0}, at::kFloat))};
    bias_ = register_buffer("bias", at::zeros({labels}));
    prior_ = register_buffer("prior", at::zeros({labels}));
  }

  void set(const Csr& weight, const at::Tensor& bias) {
    TORCH_CHECK_VALUE(weight.rows == features_ && weight.cols == labels().size(),
                      "output: weight of ", features_, " features and ", labels().size(),
                      " labels, but found ", weight.rows, " and ", weight.cols);
    spout::set_weight(weight_, weight);
    bias_.copy_(bias);
  }

  const at::Tensor& bias() const { return bias_; }

  at::Tensor scores(const at::Tensor& x) const override {
    check_features(x);
    return products(as_sparse(x), weight_, labels().size()) + (bias_ + prior_);
  }

  at::Tensor loss(const at::Tensor& /*x*/, const at::Tensor& /*target*/, const Loss& /*loss*/,
                  const LossOptions& /*options*/, const OutputUpdate* /*update*/) override {
    TORCH_CHECK_NOT_IMPLEMENTED(false, "output: is fitted in one pass over all rows");
  }

  Csr predict(const at::Tensor& x, const DecodeOptions& options, const Csr* seen,
              DecodeReport* report) const override {
    if (!x.is_cpu()) return decode(scores(x), options, seen, report);
    check_features(x);
    const Csr rows = from_torch_csr(as_sparse(x));
    const at::Tensor offset = options.above_thresholds(bias_ + prior_);
    const std::span<const float> offsets(offset.const_data_ptr<float>(),
                                         static_cast<size_t>(offset.numel()));
    BestLabels best(rows.rows, labels().size(), options, seen);
    constexpr int64_t kGrain = 8;
    at::parallel_for(0, rows.rows, kGrain, [&](int64_t first, int64_t last) {
      std::vector<float> sums;
      for (int64_t row = first; row < last; ++row) {
        sums.assign(offsets.begin(), offsets.end());
        add_products(weight_, rows.row_columns(row), rows.row_values(row), 0, sums);
        for (size_t label = 0; label < sums.size(); ++label) {
          // NaN is not below, so that offer() sees and refuses it.
          if (!(sums[label] < best.limit(row)))
            best.offer(row, static_cast<int64_t>(label), sums[label]);
        }
      }
    });
    return options.with_scores(best.finish(report));
  }

  void set_prior(const at::Tensor& prior) override { prior_.copy_(prior); }
  void set_bias(const at::Tensor& /*bias*/) override {}

  void check_tensors() const override { check_weight(weight_, features_, labels().size()); }

  void write_script(Script& script) const override {
    script.statement(fmt::format(
        "h = self.csr_products(h if h.is_sparse_csr else h.to_sparse_csr(), {}, {}, {}, {}) + {}",
        script.parameter("sparse_crow", weight_.crow),
        script.parameter("sparse_column", weight_.column),
        script.parameter("sparse_weight", weight_.value), labels().size(),
        script.parameter("sparse_bias", bias_ + prior_)));
  }

 private:
  void check_features(const at::Tensor& x) const {
    TORCH_CHECK_VALUE(x.dim() == 2 && x.size(1) == features_, "output: features ", x.sizes(),
                      " but weights of ", features_);
  }

  int64_t features_;
  CsrWeight weight_;  // [D, L]
  at::Tensor bias_;   // [L]
  at::Tensor prior_;  // [L]
};

}  // namespace

std::shared_ptr<OutputLayer> make_csr_output(int64_t features, int64_t labels) {
  return std::make_shared<CsrOutput>(features, labels);
}

void set_csr_output(OutputLayer& output, const Csr& weight, const at::Tensor& bias) {
  dynamic_cast<CsrOutput&>(output).set(weight, bias);
}

const at::Tensor& csr_output_bias(const OutputLayer& output) {
  return dynamic_cast<const CsrOutput&>(output).bias();
}

}  // namespace spout
