// Models that read tokens in their order: neither padding nor the company of a batch shows.
#include "spout/losses/loss_table.h"
#include "spout/models/model_table.h"
#include "spout/sparse/batch/batch.h"
#include "spout/tests/models/model_case.h"

using namespace spout;
using namespace spout::testing;

TEST_CASE("token models: how far a batch is filled up changes nothing") {
  for (const ModelInfo& info : model_table()) {
    if (info.reads != Reads::kTokens) continue;
    CAPTURE(info.name);
    const auto model = make(info, small_options());
    torch::jit::Module script = model->to_script();
    const at::Tensor expected = model->scores(token_rows());
    for (const int64_t more : {1, 7, 1500}) {
      const at::Tensor longer = at::constant_pad_nd(token_rows(), {0, more});
      CHECK(largest_difference(model->scores(longer), expected) < 1e-5);
      CHECK(largest_difference(script.forward({longer}).toTensor(), expected) < 1e-5);
    }
    // Alone, without padding, each document is what it was among the others.
    CHECK(largest_difference(model->scores(token_rows().slice(0, 2, 3).slice(1, 0, 2)),
                             expected.slice(0, 2, 3)) < 1e-5);
    CHECK(largest_difference(model->scores(at::zeros({1, 1}, at::kLong)), expected.slice(0, 1, 2)) <
          1e-5);
  }
}

TEST_CASE("token models: gradients of padding are zero, those of the rest finite") {
  for (const ModelInfo& info : model_table()) {
    if (info.reads != Reads::kTokens) continue;
    CAPTURE(info.name);
    const auto model = make(info, small_options());
    model->loss(token_rows(), target(), find_loss("bce"), {}, {}).backward();
    for (const auto& [name, parameter] : named(*model)) {
      CAPTURE(name);
      at::Tensor gradient = parameter.grad();
      if (gradient.is_sparse()) gradient = gradient.to_dense();
      CHECK(at::isfinite(gradient).all().item<bool>());
      if (name == "encoder.embedding") {
        CHECK(gradient[0].abs().max().item<float>() == 0.0F);
        CHECK(gradient[5].abs().max().item<float>() > 0.0F);
      }
    }
  }
}

TEST_CASE("token models: the order of tokens counts, but not in a bag") {
  for (const ModelInfo& info : model_table()) {
    if (info.reads != Reads::kTokens) continue;
    CAPTURE(info.name);
    const auto model = make(info, small_options());
    const at::Tensor there = at::tensor({1, 2, 3, 4, 5}, at::kLong).unsqueeze(0);
    const double moved = largest_difference(model->scores(there), model->scores(there.flip(1)));
    CHECK((moved > 1e-3) == (info.name != "embedding-bag"));
    CHECK(moved < 10.0);
  }
}

TEST_CASE("embedding-bag: the mean of the tokens' vectors, as torch's EmbeddingBag has it") {
  const auto model = make(find_model("embedding-bag"), small_options());
  const at::NoGradGuard no_grad;
  const at::Tensor table = model->encoder().token_table();
  const at::Tensor ids = at::tensor({1, 5, 2, 4, 3, 5}, at::kLong);
  const at::Tensor starts = at::tensor({0, 4, 4}, at::kLong);
  const at::Tensor mean =
      std::get<0>(at::embedding_bag(table, ids, starts, /*scale_grad_by_freq=*/false, /*mode=*/1));
  CHECK(largest_difference(model->encoder().encode(token_rows(), {}), mean) < 1e-6);
}

TEST_CASE("token models: documents of a data set are read in batches") {
  Dataset data;
  data.x.tokens = {at::tensor({0, 4, 4, 6}, at::kLong), at::tensor({1, 5, 2, 4, 3, 5}, at::kLong),
                   6};
  data.y = make_csr(3, 9, {0, 1, 3, 4}, {8, 0, 4, 2}, {1, 1, 1, 1});
  CHECK((data.x.kind() == FeatureKind::kTokens));
  const std::vector<int64_t> rows{2, 0};
  const Batch batch = assemble(data, rows);
  for (const ModelInfo& info : model_table()) {
    if (info.reads != Reads::kTokens) continue;
    CAPTURE(info.name);
    const auto model = make(info, small_options());
    const at::Tensor all = model->scores(token_rows());
    CHECK(largest_difference(model->scores(batch.x), at::stack({all[2], all[0]})) < 1e-5);
  }
}

TEST_CASE("model: input dropout makes unknowns of tokens, and of no padding") {
  const at::Tensor x = at::full({50, 40}, 7, at::kLong);
  x.slice(1, 30).zero_();
  const at::Tensor dropped = input_dropout(x, 0.25, {1, 0, true});
  CHECK(dropped.slice(1, 30).eq(0).all().item<bool>());
  const at::Tensor rest = dropped.slice(1, 0, 30);
  CHECK((rest.eq(7) + rest.eq(TokenNumbers().unknown)).all().item<bool>());
  CHECK(rest.eq(TokenNumbers().unknown).sum().item<double>() / 1500 ==
        doctest::Approx(0.25).epsilon(0.15));
}

TEST_CASE("model: wrong sizes of token models are explained") {
  const auto error = [](const char* name, auto&& change) {
    ModelOptions options = small_options();
    change(options);
    return error_of([&] { find_model(name).make(kShape, options, 1); });
  };
  CHECK(error("cnn", [](ModelOptions& o) { o.cnn.windows = {}; }) == "cnn: needs a window");
  CHECK(error("cnn", [](ModelOptions& o) { o.cnn.windows = {2, 0}; }).find("found 0") !=
        std::string::npos);
  CHECK(error("cnn", [](ModelOptions& o) { o.cnn.filters = 0; }).find("positive") !=
        std::string::npos);
  CHECK(error("transformer", [](ModelOptions& o) {
          o.transformer.heads = 3;
        }).find("found 4 and 3") != std::string::npos);
  CHECK(error("transformer", [](ModelOptions& o) { o.transformer.layers = 0; }).find("found 0") !=
        std::string::npos);
}
