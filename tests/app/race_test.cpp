// The race for what options leave open: who enters, and on which rows it is run.
#include <ATen/ops/tensor.h>

#include "spout/app/race/candidates.h"
#include "spout/app/race/race_sample.h"
#include "spout/app/run/model_choice.h"
#include "spout/sparse/interactions/user_rows.h"
#include "spout/sparse/layout/entries.h"
#include "spout/tests/testing.h"

using namespace spout;
using namespace spout::testing;

namespace {

/// Rows of two entries each, which use every second column.
Csr rows_of(int64_t rows) {
  std::vector<int64_t> crow{0};
  std::vector<int64_t> col;
  for (int64_t row = 0; row < rows; ++row) {
    col.insert(col.end(), {2 * (row % 4), 8 + 2 * (row % 3)});
    crow.push_back(std::ssize(col));
  }
  return make_csr(rows, 20, crow, col, std::vector<float>(col.size(), 1.0F));
}

std::vector<std::string> names(const TrainOptions& asked, bool has_interactions = false) {
  TrainOptions settled = asked;
  settle_model(settled);
  Features x;
  x.sparse = rows_of(10);
  std::vector<std::string> found;
  for (const Entrant& entrant : entrants(asked, settled, x, has_interactions))
    found.push_back(entrant.name);
  return found;
}

TEST_CASE("race: what the options leave open competes, and what they give stays") {
  const std::string dropouts = " --dropout 0.5 --input-dropout 0.2";
  const std::string wide = " --hidden 1024" + dropouts;
  TrainOptions asked;
  const std::string hinge = "mlp --loss squared-hinge" + wide;
  CHECK(names(asked) == std::vector<std::string>{"svm", "mlp", hinge});
  asked.effort = "best";
  CHECK(names(asked) == std::vector<std::string>{"svm", "mlp", hinge, "mlp" + wide});
  asked.effort = "normal";
  asked.model = "mlp";
  asked.loss = "softmax";
  CHECK(names(asked) == std::vector<std::string>{"mlp", "mlp" + wide});
  asked.model_options.hidden = {20};
  asked.model_options.dropout = 0.1;
  asked.model_options.input_dropout = 0.0;
  CHECK(names(asked) == std::vector<std::string>{"mlp"});
  TrainOptions svm;
  svm.model = "svm";
  CHECK(names(svm) == std::vector<std::string>{"svm"});
}

TEST_CASE("race: of a blend that the options ask for, its parts compete") {
  TrainOptions asked;
  asked.model_options.item_knn.neighbours = 7;
  asked.model_options.mf.temperature = 0.3;
  CHECK(names(asked, true) ==
        std::vector<std::string>{"item-knn", "item-knn --walk-alpha 0.5",
                                 "item-knn --item-weights tfidf", "item-knn --item-weights cosine",
                                 "item-knn --item-weights bm25", "mf --lr 0.01", "mf"});
}

TEST_CASE("race: a setting for few users that is the usual one too stays for many") {
  TrainOptions asked;
  asked.model = "mf";
  asked.model_options.mf.temperature = 0.3;
  asked.lr = 0.02;
  TrainOptions settled = asked;
  settle_model(settled);
  Features x;
  x.sparse = rows_of(10);
  const std::vector<Entrant> found = entrants(asked, settled, x, true);
  REQUIRE(found.size() == 1);
  CHECK_FALSE(found.front().is_for_few);
}

TEST_CASE("race: models of users and items compete with all that they read") {
  const TrainOptions open;
  const std::vector<std::string> all = names(open, /*has_interactions=*/true);
  CHECK(all == std::vector<std::string>{"popular", "item-knn", "item-knn --walk-alpha 0.5",
                                        "item-knn --item-weights tfidf",
                                        "item-knn --item-weights cosine",
                                        "item-knn --item-weights bm25", "ease",
                                        "mf --temperature 0.2 --lr 0.01", "mf", "multvae"});
  TrainOptions steps;
  steps.batch_size = 64;
  steps.lr = 0.01;
  CHECK(names(steps, true) == std::vector<std::string>{"mf --temperature 0.2", "mf", "multvae"});
}

TEST_CASE("race: a sample holds the columns that occur, and each row once or never held out") {
  Dataset data;
  data.x.sparse = rows_of(2000);
  data.y = rows_of(2000);
  const RaceSample few = sample_examples(data, all_rows(2000), 100, 1);
  CHECK(few.data.x.cols() == 7);
  CHECK(few.data.y.cols == 7);
  REQUIRE(few.folds.size() == 5);
  std::vector<int64_t> held_out;
  for (const Fold& fold : few.folds) {
    CHECK(fold.rows.size() + fold.held_out.size() == 100);
    held_out.insert(held_out.end(), fold.held_out.begin(), fold.held_out.end());
  }
  std::sort(held_out.begin(), held_out.end());
  CHECK(held_out == all_rows(100));
  const RaceSample many = sample_examples(data, all_rows(2000), 1600, 1);
  REQUIRE(many.folds.size() == 1);
  CHECK(many.folds[0].held_out.size() == 320);
}

TEST_CASE("race: what is held out of a sample of users is in no input") {
  Interactions all;
  all.matrix = rows_of(40);
  for (int64_t user = 0; user < 40; ++user)
    all.users.add(std::to_string(user));
  const Dataset data = interaction_dataset(std::move(all));
  const RaceSample sample = sample_users(data, all_rows(40), 30, 20, 1);
  REQUIRE(sample.valid.has_value());
  CHECK(sample.data.rows() == 30);
  CHECK(sample.valid->y.nnz() == 30);  // one of the two items of each user
  CHECK(sample.data.y.nnz() == 30);
  CHECK(sample.folds[0].held_out.size() == 30);
  const RaceSample common = sample_users(data, all_rows(40), 40, 2, 1);
  CHECK(common.data.y.cols == 2);  // the commonest items
}

TEST_CASE("columns: those without an entry are left out, and the others keep their order") {
  const Csr found = without_empty_columns(make_csr(2, 6, {0, 2, 3}, {1, 5, 3}, {1, 2, 3}));
  CHECK(found.cols == 3);
  check(found);
  CHECK(to_torch_csr(found).to_dense().equal(
      at::tensor({1.0F, 0.0F, 2.0F, 0.0F, 3.0F, 0.0F}).view({2, 3})));
  CHECK(without_empty_columns(empty_csr(3, 4)).cols == 0);
}

}  // namespace
