#include "spout/app/race/candidates.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "spout/app/data/data_options.h"
#include "spout/app/run/model_choice.h"
#include "spout/models/model_table.h"

namespace spout {
namespace {

// Many labels, each of few rows: the margin ranks better than the likelihood, and a wide layer that
// forgets half of what it sees generalises.
constexpr auto kWideMargin = std::to_array<Setting>(
    {{"loss", "squared-hinge"}, {"hidden", "1024"}, {"dropout", "0.5"}, {"input-dropout", "0.2"}});
// Labels that depend on combinations of features, in noise.
constexpr auto kWideDropout =
    std::to_array<Setting>({{"hidden", "1024"}, {"dropout", "0.5"}, {"input-dropout", "0.2"}});

constexpr std::array<Candidate, 4> kForExamples{{
    {"svm"},
    {"mlp"},
    {"mlp", kWideMargin},
    {"mlp", kWideDropout, /*is_for_best=*/true},
}};

// What an SVM is compared in once it has won, by itself or in a blend: where tags are missing from
// many rows, its average with a tree of labels ranks worse than it does alone.
constexpr auto kNoTree = std::to_array<Setting>({{"trees", "0"}});

constexpr std::array<Candidate, 2> kTreesOfSvm{{{"svm"}, {"svm", kNoTree}}};

// Short histories: a shorter step makes the items of few users count less.
constexpr auto kShortWalk = std::to_array<Setting>({{"walk-alpha", "0.5"}});
constexpr auto kTfidf = std::to_array<Setting>({{"item-weights", "tfidf"}});
constexpr auto kCosine = std::to_array<Setting>({{"item-weights", "cosine"}});
constexpr auto kBm25 = std::to_array<Setting>({{"item-weights", "bm25"}});

// A few thousand users: softer scores rank better, and larger steps come to them in less time.
constexpr auto kSoft = std::to_array<Setting>({{"temperature", "0.2"}, {"lr", "0.01"}});

constexpr std::array<Candidate, 10> kForUsers{{
    {"popular"},
    {"item-knn"},
    {"item-knn", kShortWalk},
    {"item-knn", kTfidf},
    {"item-knn", kCosine},
    {"item-knn", kBm25},
    {"ease"},
    {"mf", kSoft, /*is_for_best=*/false, /*is_for_few=*/true},
    {"mf"},
    {"multvae"},
}};

/// Applies the settings that the user has left open, and names them.
std::string apply(std::span<const Setting> settings, const TrainOptions& asked,
                  TrainOptions& options) {
  TrainOptions before = asked;
  TrainOptions left;
  const OptionList given = train_option_list(before);
  const OptionList usual = train_option_list(left);
  const OptionList list = train_option_list(options);
  std::string name;
  for (const auto& [option, value] : settings) {
    if (asked.given.has(option) || differs(given, usual, option)) continue;
    set_option(*find_option(list, option), std::string(value));
    name += fmt::format(" --{} {}", option, value);
  }
  return name;
}

/// Whether the model, or the blend that it is to be a part of, reads all options that were given.
///   settled  the model that was named, or that the options ask for
bool reads_options(const TrainOptions& asked, const std::string& settled, TrainOptions options) {
  if (find_model(settled).is_blend()) {
    options.model = settled;
    settle_model(options);
  } else if (find_model(options.model).fit != nullptr && asks_for_steps(asked)) {
    return false;
  }
  try {
    check_model_options(options);
    return true;
  } catch (const UserError&) {
    return false;
  }
}

bool may_enter(const Candidate& candidate, const TrainOptions& asked, const TrainOptions& settled,
               bool has_interactions) {
  const BlendParts& parts = find_model(settled.model).parts;
  if (candidate.model == parts.fitted || candidate.model == parts.network) return true;
  if (find_model(settled.model).is_blend()) return false;
  if (has_interactions) return asked.model == "auto" || asked.model == candidate.model;
  return settled.model == candidate.model || settled.model_is_open;
}

/// The lines of a table that the options leave open, with all their options.
std::vector<Entrant> open_entrants(std::span<const Candidate> table, const TrainOptions& asked,
                                   const TrainOptions& settled, const Features& x,
                                   bool has_interactions) {
  std::vector<Entrant> result;
  for (const Candidate& candidate : table) {
    if (!may_enter(candidate, asked, settled, has_interactions)) continue;
    if (candidate.is_for_best && asked.effort != "best") continue;
    Entrant entrant{std::string(candidate.model), asked, candidate.is_for_few};
    TrainOptions& options = entrant.options;
    options.data = settled.data;
    options.data.normalize = asked.data.normalize;
    options.metrics = settled.metrics;
    options.model = candidate.model;
    entrant.name += apply(candidate.settings, asked, options);
    settle_model(options);
    if (reads_option(find_model(options.model), "trees")) {
      std::vector<int64_t>& trees = options.model_options.svm.trees;
      if (trees.empty()) trees = settled.model_options.svm.trees;
    }
    options.data.normalize = resolved_normalization(options.data.normalize, x);
    const auto known = std::find_if(result.begin(), result.end(), [&](const Entrant& other) {
      return other.name == entrant.name;
    });
    if (known != result.end()) {
      known->is_for_few &= entrant.is_for_few;
    } else if (reads_options(asked, settled.model, options)) {
      result.push_back(std::move(entrant));
    }
  }
  return result;
}

}  // namespace

std::vector<Entrant> entrants(const TrainOptions& asked, const TrainOptions& settled,
                              const Features& x, bool has_interactions) {
  const auto table = has_interactions ? std::span<const Candidate>(kForUsers)
                                      : std::span<const Candidate>(kForExamples);
  return open_entrants(table, asked, settled, x, has_interactions);
}

std::vector<Entrant> svm_entrants(const TrainOptions& asked, const TrainOptions& settled,
                                  const Features& x) {
  return open_entrants(kTreesOfSvm, asked, settled, x, /*has_interactions=*/false);
}

}  // namespace spout
