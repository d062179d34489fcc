#include "spout/models/fitted/svm.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "spout/models/base/model.h"
#include "spout/models/base/script.h"
#include "spout/models/encoders/linear.h"
#include "spout/models/fitted/feature_power.h"
#include "spout/models/fitted/label_tree.h"
#include "spout/models/fitted/svm_cost.h"
#include "spout/models/fitted/svm_progress.h"
#include "spout/sparse/decode/best_labels.h"

namespace spout {
namespace {

/// The probabilities [L] of one row, summed over the trees.
class ProbabilitySum {
 public:
  explicit ProbabilitySum(int64_t labels)
      : sum_(static_cast<size_t>(labels)), is_set_(static_cast<size_t>((labels + 63) / 64)) {}

  void add(int64_t label, float p) {
    sum_[static_cast<size_t>(label)] += p;
    is_set_[static_cast<size_t>(label / 64)] |= uint64_t{1} << (label % 64);
  }

  /// Calls body(label, sum) for every label that was added to, in ascending order, and clears it.
  template <class Body>
  void take(const Body& body) {
    for (size_t word = 0; word < is_set_.size(); ++word) {
      for (; is_set_[word] != 0; is_set_[word] &= is_set_[word] - 1) {
        const size_t label = word * 64 + static_cast<size_t>(std::countr_zero(is_set_[word]));
        body(static_cast<int64_t>(label), sum_[label]);
        sum_[label] = 0.0F;
      }
    }
  }

 private:
  std::vector<float> sum_;
  std::vector<uint64_t> is_set_;  // a bit for each label
};

/// The score of an SVM with the probability p.
float score_of(float p) {
  return 1.0F - std::cbrt(std::max(-std::log(p), 0.0F));
}

class SvmOutput : public OutputLayer {
 public:
  SvmOutput(int64_t features, int64_t labels, const ModelOptions& options)
      : OutputLayer({0, labels}), features_(features), depths_(options.svm.trees) {
    if (depths_.empty()) depths_ = {0, 9};
    TORCH_CHECK_VALUE(depths_.size() < kMostTrees, "svm: expected fewer label trees than ",
                      kMostTrees, ", found ", depths_.size());
    for (size_t i = 0; i < depths_.size(); ++i) {
      trees_.push_back(register_module(
          "tree" + std::to_string(i),
          std::make_shared<LabelTree>(features, labels, depths_[i], options.svm.beam)));
    }
    power_ = register_buffer("feature_power", at::ones({num_trees()}, at::kDouble));
    prior_ = register_buffer("prior", at::zeros({labels}));
  }

  double fit(const FitInput& input, const ModelOptions& options) {
    set_powers(input, options.svm.feature_power);
    TreeOptions tree;
    tree.svm.poll = input.poll;
    tree.svm.margin = options.svm.margin;
    Csr x = FeaturePower(power(0))(input.x);
    set_cost(x, input, options, tree.svm);
    if (input.settled) input.settled(settled_options(tree.svm));
    SvmProgress progress(x, input.y, depths_, input.progress);
    tree.svm.done = [&](double entries) { progress.add(entries); };
    double objective = 0.0;
    for (size_t i = 0; i < trees_.size(); ++i) {
      progress.begin_tree(i);
      if (i > 0 && power(i) != power(i - 1)) x = FeaturePower(power(i))(input.x);
      tree.clusters.seed = input.seed * kMostTrees + i;
      tree.svm.seed = tree.clusters.seed;
      objective += trees_[i]->fit(x, input.y, tree);
    }
    return objective;
  }

  at::Tensor scores(const at::Tensor& x) const override {
    check_features(x);
    const at::Tensor rows = as_sparse(x);
    at::Tensor powered = to_power(rows, power(0));
    at::Tensor sum = at::zeros({x.size(0), labels().size()}, prior_.options());
    for (size_t i = 0; i < trees_.size(); ++i) {
      if (i > 0 && power(i) != power(i - 1)) powered = to_power(rows, power(i));
      sum.add_(trees_[i]->probabilities(powered));
    }
    return 1.0 - sum.div_(num_trees()).log_().neg_().clamp_min_(0.0).pow_(1.0 / 3.0) + prior_;
  }

  at::Tensor loss(const at::Tensor& /*x*/, const at::Tensor& /*target*/, const Loss& /*loss*/,
                  const LossOptions& /*options*/, const OutputUpdate* /*update*/) override {
    TORCH_CHECK_NOT_IMPLEMENTED(false, "svm: is fitted in one pass over all rows");
  }

  Csr predict(const at::Tensor& x, const DecodeOptions& options, const Csr* seen,
              DecodeReport* report) const override {
    if (!x.is_cpu()) return decode(scores(x), options, seen, report);
    check_features(x);
    const Csr rows = from_torch_csr(as_sparse(x));
    const at::Tensor offset = options.above_thresholds(prior_);
    const auto* offsets = offset.const_data_ptr<float>();
    const float most_offset = offset.numel() > 0 ? offset.max().item<float>() : 0.0F;
    // The least probability that still reaches a limit on scores, lowered a little for rounding.
    const auto least_of = [&](float limit) {
      return 0.9999F * std::exp(-svm_penalty(limit - most_offset));
    };
    BestLabels best(rows.rows, labels().size(), options, seen);
    constexpr int64_t kGrain = 8;
    at::parallel_for(0, rows.rows, kGrain, [&](int64_t first, int64_t last) {
      ProbabilitySum sums(labels().size());
      LabelTree::Workspace workspace;
      std::vector<FeaturePower> to_power;
      to_power.reserve(trees_.size());
      for (size_t i = 0; i < trees_.size(); ++i)
        to_power.emplace_back(power(i));
      for (int64_t row = first; row < last; ++row) {
        for (size_t i = 0; i < trees_.size(); ++i) {
          const auto values = to_power[i](rows.row_values(row));
          trees_[i]->add_probabilities(rows.row_columns(row), values, workspace,
                                       [&](int64_t label, float p) { sums.add(label, p); });
        }
        // Most labels stay below the best ones found so far. Comparing probabilities shows it
        // without a logarithm.
        float limit = best.limit(row);
        float least = least_of(limit);
        sums.take([&](int64_t label, float sum) {
          const float p = sum / static_cast<float>(num_trees());
          if (p < least) return;
          best.offer(row, label, score_of(p) + offsets[label]);
          if (best.limit(row) == limit) return;
          limit = best.limit(row);
          least = least_of(limit);
        });
      }
    });
    return options.with_scores(best.finish(report));
  }

  void set_prior(const at::Tensor& prior) override { prior_.copy_(prior); }
  void set_bias(const at::Tensor& /*bias*/) override {}

  void check_tensors() const override {
    for (const auto& tree : trees_)
      tree->check_tensors();
    for (size_t i = 0; i < trees_.size(); ++i) {
      TORCH_CHECK_VALUE(power(i) > 0.0, "svm: expected a power of features above 0, found ",
                        power(i));
    }
  }

  void write_script(Script& script) const override {
    script.statement("p = torch.zeros([h.size(0), self.num_labels], device=h.device)");
    for (size_t i = 0; i < trees_.size(); ++i) {
      if (i == 0 || power(i) != power(i - 1)) {
        script.statement(fmt::format("x = self.powered(h, float({}))", power(i)));
      }
      trees_[i]->write_script(script, "tree" + std::to_string(i));
    }
    script.statement("p = p / " + std::to_string(trees_.size()));
    script.statement("h = 1 - torch.clamp(-torch.log(p), min=0) ** (1.0 / 3.0) + " +
                     script.parameter("prior", prior_));
  }

 private:
  void check_features(const at::Tensor& x) const {
    TORCH_CHECK_VALUE(x.dim() == 2 && x.size(1) == features_, "output: features ", x.sizes(),
                      " but weights of ", features_);
  }

  /// Sets the power of every tree. A given 0 is replaced: by the power that the data choose in the
  /// first tree, the third and so on, by 1 in the others. Averages gain from trees that err
  /// differently.
  ///   given  one for each tree, or one for all
  void set_powers(const FitInput& input, const std::vector<double>& given) {
    double chosen = 0.0;
    for (size_t i = 0; i < trees_.size(); ++i) {
      double power = given[given.size() == 1 ? 0 : i];
      if (power == 0.0 && chosen == 0.0) {
        chosen = choose_feature_power(input.x, input.y, input.seed);
      }
      if (power == 0.0) power = i % 2 == 0 ? chosen : 1.0;
      power_[static_cast<int64_t>(i)] = power;
    }
  }

  /// Sets the cost and its power, as given or as the data choose them.
  ///   x  features, already raised to their power
  static void set_cost(const Csr& x, const FitInput& input, const ModelOptions& options,
                       SvmOptions& svm) {
    const SvmCost cost = options.svm.cost > 0.0 ? SvmCost{options.svm.cost, options.svm.cost_power}
                                                : choose_svm_cost(x, input.y, svm, input.seed);
    svm.cost = cost.cost;
    svm.cost_power = cost.power;
  }

  SettledOptions settled_options(const SvmOptions& svm) const {
    std::string powers;
    for (size_t i = 0; i < trees_.size(); ++i)
      powers += fmt::format("{}{}", i == 0 ? "" : ",", power(i));
    return {{"trees", fmt::format("{}", fmt::join(depths_, ","))},
            {"feature-power", powers},
            {"svm-cost", fmt::format("{}", svm.cost)},
            {"svm-cost-power", fmt::format("{}", svm.cost_power)}};
  }

  static at::Tensor to_power(const at::Tensor& x, double power) {
    return to_torch_csr(FeaturePower(power)(from_torch_csr(x.cpu()))).to(x.device());
  }

  double power(size_t tree) const { return power_[static_cast<int64_t>(tree)].item<double>(); }
  int64_t num_trees() const { return static_cast<int64_t>(trees_.size()); }

  static constexpr uint64_t kMostTrees = 1000;

  int64_t features_;
  std::vector<int64_t> depths_;
  std::vector<std::shared_ptr<LabelTree>> trees_;
  at::Tensor power_;  // [trees], of the features
  at::Tensor prior_;  // [L]
};

}  // namespace

std::shared_ptr<OutputLayer> make_svm_output(int64_t features, int64_t labels,
                                             const ModelOptions& options) {
  return std::make_shared<SvmOutput>(features, labels, options);
}

std::shared_ptr<Model> make_svm(const ModelShape& shape, const ModelOptions& options,
                                uint64_t /*seed*/) {
  return std::make_shared<Model>(make_feature_encoder(shape.features, /*dropout=*/0.0),
                                 make_svm_output(shape.features, shape.labels, options));
}

double svm_num_weights(const ModelShape& /*shape*/, const ModelOptions& /*options*/) {
  return 0.0;
}

double fit_svm_output(OutputLayer& output, const FitInput& input, const ModelOptions& options) {
  const Csr y = above(input.y, 0.0F);  // stored zeros are no labels
  FitInput rows{input.x, y, input.seed, input.poll, input.progress, input.settled};
  return dynamic_cast<SvmOutput&>(output).fit(rows, options) / static_cast<double>(input.x.rows);
}

double fit_svm(Model& model, const FitInput& input, const ModelOptions& options) {
  return fit_svm_output(model.output(), input, options);
}

double fit_svm_bytes(const FitSize& size) {
  const auto rows = static_cast<double>(size.rows);
  return solve_svm_bytes(rows, static_cast<double>(size.shape.features),
                         static_cast<double>(size.shape.labels), rows * size.features_per_row,
                         rows * size.labels_per_row) +
         describe_labels_bytes(static_cast<double>(size.shape.labels));
}

}  // namespace spout
