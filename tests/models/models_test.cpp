// Models: sparse and dense input agree, dropout repeats, scripts compute what the model computes.
#include "spout/losses/loss_table.h"
#include "spout/losses/optimizers/optimizer.h"
#include "spout/models/base/activation.h"
#include "spout/models/model_table.h"
#include "spout/sparse/decode/decode.h"
#include "spout/tests/models/model_case.h"

using namespace spout;
using namespace spout::testing;

TEST_CASE("model: sparse rows and the same rows dense give the same scores and gradients") {
  for (const ModelInfo& info : model_table()) {
    CAPTURE(info.name);
    if (!reads(info, ModelShape{})) continue;
    const auto model = make(info, small_options(info));
    const at::Tensor dense = sparse_rows().to_dense();
    CHECK(largest_difference(model->scores(sparse_rows()), model->scores(dense)) < 1e-6);
    if (!trains_in_steps(info)) continue;
    std::vector<at::Tensor> gradients;
    for (const at::Tensor& x : {sparse_rows(), dense}) {
      model->zero_grad();
      model->loss(x, target(), find_loss("bce"), {}, {}).backward();
      for (const at::Tensor& parameter : model->parameters()) {
        const at::Tensor& gradient = parameter.grad();  // sparse rows' may be sparse
        gradients.push_back(gradient.is_sparse() ? gradient.to_dense() : gradient.clone());
      }
    }
    const size_t half = gradients.size() / 2;
    for (size_t i = 0; i < half; ++i) {
      CHECK(largest_difference(gradients[i], gradients[half + i]) < 1e-6);
    }
  }
}

TEST_CASE("model: the weights are as many as the table says") {
  for (const ModelInfo& info : model_table()) {
    CAPTURE(info.name);
    int64_t count = 0;
    for (const at::Tensor& parameter : info.make(kShape, small_options(info), 1)->parameters()) {
      count += parameter.numel();
    }
    CHECK(static_cast<double>(count) == info.num_weights(kShape, small_options(info)));
  }
}

TEST_CASE("model: every combination of model and loss learns") {
  for (const ModelInfo& info : model_table()) {
    if (!trains_in_steps(info)) continue;
    for (const Loss& loss : loss_table()) {
      CAPTURE(info.name);
      CAPTURE(loss.name);
      const auto model = info.make(kShape, small_options(info), 1);
      double first = 0.0;
      double last = 0.0;
      for (int step = 0; step < 60; ++step) {
        const at::Tensor value = model->loss(input_of(info), target(), loss, {}, {});
        value.backward();
        last = value.item<double>();
        if (step == 0) first = last;
        const at::NoGradGuard no_grad;
        for (const at::Tensor& parameter : model->parameters()) {
          parameter.sub_(parameter.grad(), 0.1);
          parameter.mutable_grad() = at::Tensor();
        }
      }
      CHECK(last < 0.8 * first);
    }
  }
}

TEST_CASE(
    "model: training in blocks of labels ends where whole scores end, for all models, losses "
    "and optimizers") {
  for (const ModelInfo& info : model_table()) {
    if (!trains_in_steps(info)) continue;
    for (const Loss& loss : loss_table()) {
      for (const OptimizerInfo& optimizer : optimizer_table()) {
        CAPTURE(info.name);
        CAPTURE(loss.name);
        CAPTURE(optimizer.name);
        std::vector<std::shared_ptr<Model>> models;
        for (const bool chunked : {false, true}) {
          models.push_back(make(info, small_options(info)));
          OptimizerOptions options;
          options.eps = 1e-2;
          options.weight_decay = 0.01;
          const auto updates = optimizer.make(named(*models.back()), options);
          for (int step = 0; step < 20; ++step) {
            const OutputUpdate update{*updates, 0.02};
            const at::Tensor value = models.back()->loss(input_of(info), target(), loss, {}, {},
                                                         chunked ? &update : nullptr);
            if (value.requires_grad()) value.backward();
            updates->step(0.02);
          }
        }
        CHECK(largest_difference(models[0]->scores(input_of(info)),
                                 models[1]->scores(input_of(info))) < 1e-4);
      }
    }
  }
}

TEST_CASE("model: under no_grad a loss with an update changes nothing") {
  for (const ModelInfo& info : model_table()) {
    if (!trains_in_steps(info)) continue;
    const auto model = make(info, small_options(info));
    const auto updates = find_optimizer("sgd").make(named(*model), {});
    const OutputUpdate update{*updates, 0.5};
    const at::Tensor x = input_of(info);
    const at::Tensor before = model->scores(x).detach();
    const at::NoGradGuard no_grad;
    const double value = model->loss(x, target(), find_loss("bce"), {}, {}, &update).item<double>();
    CHECK(value ==
          doctest::Approx(model->loss(x, target(), find_loss("bce"), {}, {}).item<double>()));
    CHECK(at::equal(model->scores(x), before));
  }
}

TEST_CASE("model: bf16 output weights predict with the products asked for") {
  ModelOptions options = small_options();
  options.bf16_output = true;
  const auto model = make(find_model("mlp"), options);
  CHECK((model->output().parameters().front().scalar_type() == at::kBFloat16));
  const Csr predicted = model->predict(sparse_rows(), {3}, nullptr).scores;
  const Csr expected = decode(model->scores(sparse_rows()), {3});
  CHECK(elements<int64_t>(predicted.col) == elements<int64_t>(expected.col));
  CHECK(largest_difference(predicted.values, expected.values) < 1e-6);
}

TEST_CASE("model: dropout repeats at the same step, changes with the step, rests in prediction") {
  for (const ModelInfo& info : model_table()) {
    CAPTURE(info.name);
    if (!trains_in_steps(info)) continue;
    ModelOptions options = small_options(info);
    options.dropout = 0.5;
    options.input_dropout = 0.3;
    const auto model = make(info, options);
    const auto loss_at = [&](uint64_t seed, uint64_t step, bool training) {
      return model
          ->loss(input_of(info), target(), find_loss("bce"), {}, StepRandom{seed, step, training})
          .item<double>();
    };
    CHECK(loss_at(1, 4, true) == loss_at(1, 4, true));
    // Few entries are dropped here: two seeds may agree by chance, four hardly.
    int others = 0;
    for (uint64_t seed = 2; seed < 6; ++seed) {
      others += loss_at(1, 4, true) != loss_at(seed, 4, true) ? 1 : 0;
    }
    CHECK(others > 0);
    CHECK(loss_at(1, 4, false) == loss_at(2, 9, false));
  }
}

TEST_CASE("layers: weights of bf16 start from those of f32, rounded") {
  const InitOptions options{5};
  const at::Tensor wide = uniform_init({1500, 1001}, 0.1, options, 3);
  const at::Tensor narrow = uniform_init({1500, 1001}, 0.1, options, 3, at::kBFloat16);
  CHECK(at::equal(narrow, wide.to(at::kBFloat16)));
}

TEST_CASE("layers: dropout keeps the share it should, and the mean") {
  const at::Tensor kept = dropout(at::ones({100, 200}), 0.3, {1, 0, true}, 0);
  CHECK((kept == 0).sum().item<double>() / 20000 == doctest::Approx(0.3).epsilon(0.05));
  CHECK(kept.mean().item<double>() == doctest::Approx(1.0).epsilon(0.05));
}

TEST_CASE("model: predictions are the best scores, without the entries to leave out") {
  const auto model = make(find_model("mlp"), small_options());
  const at::NoGradGuard no_grad;
  const Csr best =
      model->predict(sparse_rows(), {1, -std::numeric_limits<float>::infinity()}, nullptr).scores;
  CHECK(best.col.equal(model->scores(sparse_rows()).argmax(1)));
  const Csr other =
      model->predict(sparse_rows(), {1, -std::numeric_limits<float>::infinity()}, &best).scores;
  for (int64_t row = 0; row < 3; ++row) {
    CHECK(other.row_columns(row)[0] != best.row_columns(row)[0]);
  }
}

TEST_CASE("model: dense rows are predicted as the same rows sparse, and as their scores say") {
  for (const char* name : {"linear", "mlp"}) {
    CAPTURE(name);
    const auto model = make(find_model(name), small_options(find_model(name)));
    const at::NoGradGuard no_grad;
    auto generator = at::detail::createCPUGenerator(5);
    for (const at::Tensor& parameter : model->parameters())
      parameter.normal_(0.0, 1.0, generator);
    const at::Tensor dense = sparse_rows().to_dense();
    const Csr expected = decode(model->scores(dense), {3}, nullptr);
    for (const at::Tensor& x : {sparse_rows(), dense}) {
      const Csr found = model->predict(x, {3}, nullptr).scores;
      CHECK(found.col.equal(expected.col));
      CHECK(at::allclose(found.values, expected.values, 1e-5, 1e-5));
    }
  }
}

TEST_CASE("model: the TorchScript module gives the model's scores for whatever it reads") {
  for (const ModelInfo& info : model_table()) {
    for (const Activation& activation : activation_table()) {
      CAPTURE(info.name);
      CAPTURE(activation.name);
      ModelOptions options = small_options(info);
      options.activation = activation.name;
      const auto model = make(info, options);
      torch::jit::Module script = model->to_script();
      const at::Tensor expected = model->scores(input_of(info));
      for (const at::Tensor& x : inputs_of(info)) {
        CHECK(largest_difference(script.forward({x}).toTensor(), expected) < 1e-6);
      }
    }
  }
}

TEST_CASE("model: the TorchScript module can normalise its rows, rows of zeros included") {
  const auto model = make(find_model("mlp"), small_options());
  torch::jit::Module script = model->to_script(sparse_rows().size(1));
  const at::Tensor dense = sparse_rows().to_dense();
  const at::Tensor norm = dense.norm(2, 1, true);
  const at::Tensor expected = model->scores(dense / norm.clamp_min(1e-12));
  CHECK(largest_difference(script.forward({sparse_rows()}).toTensor(), expected) < 1e-6);
  CHECK(largest_difference(script.forward({dense}).toTensor(), expected) < 1e-6);
}

TEST_CASE("model: the TorchScript module can normalise the first columns of its rows alone") {
  const auto model = make(find_model("mlp"), small_options());
  const int64_t columns = sparse_rows().size(1) - 2;
  torch::jit::Module script = model->to_script(columns);
  const at::Tensor dense = sparse_rows().to_dense();
  at::Tensor scaled = dense.clone();
  at::Tensor first = scaled.narrow(1, 0, columns);
  first.div_(first.norm(2, 1, true).clamp_min(1e-12));
  CHECK_FALSE(scaled.narrow(1, columns, 2).equal(at::zeros_like(scaled.narrow(1, columns, 2))));
  const at::Tensor expected = model->scores(scaled);
  CHECK(largest_difference(script.forward({sparse_rows()}).toTensor(), expected) < 1e-6);
  CHECK(largest_difference(script.forward({dense}).toTensor(), expected) < 1e-6);
}

TEST_CASE("model: the TorchScript predict gives well-formed CSR of the best k") {
  const auto model = make(find_model("linear"), small_options());
  torch::jit::Module script = model->to_script();
  const at::Tensor csr = script.get_method("predict")({sparse_rows(), 2}).toTensor();
  const Csr predicted = from_torch_csr(csr);
  check(predicted);
  CHECK(predicted.rows == 3);
  CHECK(predicted.cols == 9);
  const Csr expected =
      model->predict(sparse_rows(), {2, -std::numeric_limits<float>::infinity()}, nullptr).scores;
  CHECK(predicted.col.equal(expected.col));
  const auto parts = script.get_method("predict_parts")({sparse_rows(), 100}).toTuple();
  CHECK(parts->elements()[1].toTensor().numel() == 27);  // k is bounded by L
}

TEST_CASE("model: what a model cannot read is refused") {
  CHECK_ERROR(check_reads(find_model("cnn"), ModelShape{}), "reads tokens in their order");
  CHECK_ERROR(check_reads(find_model("mlp"), ModelShape{1, 1, FeatureKind::kTokens}),
              "reads rows of features, but these are tokens in their order");
  for (const NamedValue<FeatureKind>& kind : kFeatureKinds)
    check_reads(find_model("encoder"), ModelShape{1, 1, kind.value});
  const auto model = make(find_model("cnn"), small_options());
  CHECK_ERROR(model->scores(sparse_rows()), "expected their numbers [n, T], found Float [3, 6]");
}

TEST_CASE("model: wrong widths and unknown names are explained") {
  ModelOptions none;
  none.hidden = {};
  CHECK_ERROR(find_model("mlp").make(kShape, none, 1), "needs a hidden layer");
  none.hidden = {4, 0};
  CHECK_ERROR(find_model("mlp").make(kShape, none, 1), "positive width, found 0");
  CHECK_ERROR(find_model("mpl"), "known: mlp, linear, svm, blend, prototypes, two-headed");
  CHECK_ERROR(find_activation("sigmoid"), "known: relu");
  const auto model = find_model("mlp").make(kShape, small_options(), 1);
  CHECK_ERROR(model->scores(at::zeros({2, 5})), "x [2, 5] but weight [6, 5]");
}
