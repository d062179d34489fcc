#include "spout/app/data/interaction_files.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "spout/app/data/layout_option.h"
#include "spout/sparse/files/io/output_file.h"
#include "spout/sparse/files/io/text_writer.h"
#include "spout/sparse/files/predictions.h"
#include "spout/sparse/files/text/adjacency.h"
#include "spout/sparse/files/text/vocabulary_file.h"
#include "spout/sparse/interactions/split.h"

namespace spout {
namespace {

/// The files that hold the names of items and users.
struct NameFiles {
  std::string items;
  std::string users;

  void check(bool force) const {
    check_output_file(items, force);
    check_output_file(users, force);
  }
  void write(const Interactions& interactions) const {
    write_vocabulary(items, interactions.items);
    write_vocabulary(users, interactions.users);
  }
};

NameFiles names_beside(const std::string& path) {
  const std::string stem = stem_of(path);
  return {stem + ".items.txt", stem + ".users.txt"};
}

InteractionSplit split(const Interactions& all, const SplitOptions& options) {
  const auto seed = static_cast<uint64_t>(options.seed);
  if (options.split == "random") return split_random(all, options.test_share, seed);
  if (options.split == "by-user") return split_by_user(all, options.test_share, seed);
  return split_leave_last(all);
}

int64_t count_users(const Csr& matrix) {
  int64_t count = 0;
  for (int64_t row = 0; row < matrix.rows; ++row)
    count += matrix.row_columns(row).empty() ? 0 : 1;
  return count;
}

nlohmann::ordered_json description(const Interactions& all, const InteractionSplit& parts,
                                   const SplitOptions& options, const std::string& data) {
  nlohmann::ordered_json json{{"data", data}, {"split", options.split}};
  if (options.split != "leave-last") json["test-share"] = options.test_share;
  if (options.split != "leave-last") json["seed"] = options.seed;
  if (options.split == "by-user") json["target-share"] = kTargetShare;
  json["users"] = all.matrix.rows;
  json["items"] = all.matrix.cols;
  json["train"] = {{"users", count_users(parts.train.matrix)},
                   {"entries", parts.train.matrix.nnz()}};
  json["test"] = {{"users", count_users(parts.test.matrix)}, {"entries", parts.test.matrix.nnz()}};
  if (options.split == "by-user") json["test-input-entries"] = parts.test_input.matrix.nnz();
  json["named-twice"] = all.repeated;
  json["rated-too-low"] = all.dropped;
  return json;
}

}  // namespace

std::vector<Option> split_options(SplitOptions& options) {
  return {
      Option{"split", &options.split, "HOW",
             "Makes OUT a folder with train.txt and test.txt. The test part is a share of each "
             "user's items (random), each user's last item (leave-last), or a share of the users "
             "(by-user): a fifth of their items goes to test.txt, the others, a model's input, to "
             "test_input.txt."}
          .one_of({"", "random", "leave-last", "by-user"}),
      Option{
          "test-share", &options.test_share, "SHARE",
          "Share of each user's items (random) or of the users (by-user) in the test part; above "
          "0 and below 1."},
      Option{"seed", &options.seed, "S", "Seed of the splits random and by-user."}};
}

void check_split_options(const SplitOptions& options) {
  const SplitOptions defaults;
  const bool draws = options.split == "random" || options.split == "by-user";
  if (!draws && (options.test_share != defaults.test_share || options.seed != defaults.seed)) {
    throw UserError("--test-share and --seed are for --split random and by-user");
  }
  if (options.test_share > 0.0 && options.test_share < 1.0) return;
  throw UserError(
      fmt::format("--test-share: expected a number between 0 and 1, found {}", options.test_share));
}

void write_interactions(const std::string& path, const Interactions& interactions,
                        SparseLayout layout, bool force) {
  const bool named = !interactions.items.empty();
  const NameFiles names = names_beside(path);
  if (named) names.check(force);
  if (is_text_name(path)) {
    write_adjacency(path, interactions, {.numbers_users = named, .overwrite = force});
  } else {
    check_prediction_file(path, force);
    check_layout_memory(path, layout, interactions.matrix.cols);
    write_predictions(path, interactions.matrix, layout, force);
  }
  if (named) names.write(interactions);
  fmt::print("{}: {} users, {} items, {} entries\n", path, interactions.matrix.rows,
             interactions.matrix.cols, interactions.matrix.nnz());
}

void write_split(const std::string& folder, const Interactions& interactions,
                 const SplitOptions& options, const std::string& data, bool force) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw UserError(fmt::format("{}: cannot make this folder: {}", folder, error.message()));
  }
  const InteractionSplit parts = split(interactions, options);
  std::vector<std::pair<std::string, const Interactions*>> files{
      {folder + "/train.txt", &parts.train}, {folder + "/test.txt", &parts.test}};
  if (options.split == "by-user") files.emplace_back(folder + "/test_input.txt", &parts.test_input);
  const bool named = !interactions.items.empty();
  const NameFiles names{folder + "/items.txt", folder + "/users.txt"};
  const std::string record = folder + "/split.json";
  for (const auto& [path, part] : files)
    check_output_file(path, force);
  check_output_file(record, force);
  if (named) names.check(force);
  for (const auto& [path, part] : files) {
    write_adjacency(path, *part, {.numbers_users = named, .skips_empty = true, .overwrite = force});
    fmt::print("{}: {} users, {} entries\n", path, count_users(part->matrix), part->matrix.nnz());
  }
  if (named) names.write(interactions);
  TextWriter writer(record, force);
  writer.append(description(interactions, parts, options, data).dump(2) + "\n");
  writer.commit();
}

}  // namespace spout
