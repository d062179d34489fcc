#include "spout/models/fitted/prototype_choice.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/topk.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "spout/models/fitted/prototype_map.h"
#include "spout/models/fitted/prototype_output.h"
#include "spout/sparse/base/random.h"
#include "spout/sparse/metrics/ranking.h"

namespace spout {
namespace {

constexpr int64_t kMostHeldBack = 4096;
constexpr int64_t kFewestHeldBack = 256;
constexpr double kMostScores = 1.2e8;  // of held-back rows and all labels, for a pass of seconds
constexpr int64_t kFewestRows = 50;    // with fewer rows nothing is chosen
constexpr int64_t kCandidates = 64;    // labels of a row that each part names
constexpr int64_t kRowBlock = 128;
constexpr int64_t kDepth = 10;
constexpr std::array kNameWeights{0.0, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0};
// Cosines and the words' shares lie within 1, so that at the last one words decide almost alone.
constexpr std::array kWordWeights{0.0, 0.15, 0.3, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 20.0};

/// A label that may be predicted for a held-back row.
struct Candidate {
  int64_t label = 0;
  float meaning = 0.0F;
  float words = 0.0F;  // sigmoid(3 s), 0 without
};

/// The candidates of all held-back rows, and the weight of words that suits them best.
struct Trial {
  std::vector<std::vector<Candidate>> rows;
  double word_weight = 0.0;
  double gain = -1.0;  // mean nDCG@10
};

/// The rows that are held back, with what is known of them whatever the weights.
struct HeldBack {
  std::vector<int64_t> rows;
  std::vector<int64_t> others;
  Csr words;  // [rows, L]; no rows: none
};

int64_t num_held_back(const FitInput& input) {
  const auto affordable =
      static_cast<int64_t>(kMostScores / std::max(static_cast<double>(input.y.cols), 1.0));
  return std::min({kMostHeldBack, input.y.rows / 10, std::max(affordable, kFewestHeldBack)});
}

HeldBack hold_back(const FitInput& input, const WordScores& words) {
  HeldBack held;
  held.rows = random_sample(input.y.rows, num_held_back(input), input.seed, RandomStream::kHeldOut);
  std::sort(held.rows.begin(), held.rows.end());
  for (int64_t row = 0; row < input.y.rows; ++row) {
    if (!std::binary_search(held.rows.begin(), held.rows.end(), row)) held.others.push_back(row);
  }
  if (words) held.words = words(held.others, held.rows);
  return held;
}

/// Joins the best labels by meaning with the best ones by words.
///   meaning  the scores [L] of one row      best  its best labels by them
std::vector<Candidate> join_candidates(std::span<const float> meaning,
                                       std::span<const int64_t> best, const HeldBack& held,
                                       int64_t row) {
  std::vector<int64_t> labels(best.begin(), best.end());
  std::vector<std::pair<float, int64_t>> by_words;
  if (held.words.rows > 0) {
    const auto columns = held.words.row_columns(row);
    const auto values = held.words.row_values(row);
    for (size_t i = 0; i < columns.size(); ++i)
      by_words.emplace_back(-values[i], columns[i]);
    const auto most = std::min(by_words.size(), static_cast<size_t>(kCandidates));
    std::partial_sort(by_words.begin(), by_words.begin() + static_cast<std::ptrdiff_t>(most),
                      by_words.end());
    for (size_t i = 0; i < most; ++i)
      labels.push_back(by_words[i].second);
    std::sort(labels.begin(), labels.end());
    labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  }
  std::vector<Candidate> candidates;
  for (const int64_t label : labels) {
    Candidate candidate{label, meaning[static_cast<size_t>(label)]};
    if (held.words.rows > 0) {
      const auto columns = held.words.row_columns(row);
      const auto found = std::lower_bound(columns.begin(), columns.end(), label);
      if (found != columns.end() && *found == label) {
        const float score =
            held.words.row_values(row)[static_cast<size_t>(found - columns.begin())];
        candidate.words = 1.0F / (1.0F + std::exp(-static_cast<float>(kWordSteepness) * score));
      }
    }
    candidates.push_back(candidate);
  }
  return candidates;
}

/// Puts the labels of the best candidates first, and returns the best kDepth of them.
std::vector<int64_t> ranked(std::vector<Candidate>& candidates, double word_weight) {
  const auto score = [&](const Candidate& c) {
    return c.meaning + static_cast<float>(word_weight) * c.words;
  };
  const auto most = std::min(candidates.size(), static_cast<size_t>(kDepth));
  std::partial_sort(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(most),
                    candidates.end(), [&](const Candidate& a, const Candidate& b) {
                      return score(a) != score(b) ? score(a) > score(b) : a.label < b.label;
                    });
  std::vector<int64_t> labels;
  labels.reserve(most);
  for (size_t i = 0; i < most; ++i)
    labels.push_back(candidates[i].label);
  return labels;
}

double mean_gain(Trial& trial, const HeldBack& held, const Csr& y, double word_weight) {
  const LabelStatistics none;
  double sum = 0.0;
  for (size_t i = 0; i < held.rows.size(); ++i) {
    const std::vector<int64_t> truth = labels_of_row(y, held.rows[i]);
    const std::vector<int64_t> best = ranked(trial.rows[i], word_weight);
    sum += ndcg_at({best, truth, none}, kDepth).numerator;
  }
  return sum / static_cast<double>(std::max<size_t>(held.rows.size(), 1));
}

/// Ranks the held-back rows by these prototypes and finds the best weight of words.
///   rows  [held back, d] of length one      prototypes  [L, d]
Trial try_prototypes(const at::Tensor& rows, const at::Tensor& prototypes, const HeldBack& held,
                     const Csr& y, std::span<const double> word_weights) {
  Trial trial;
  trial.rows.resize(held.rows.size());
  const int64_t most = std::min(kCandidates, y.cols);
  for (int64_t begin = 0; begin < rows.size(0); begin += kRowBlock) {
    const int64_t count = std::min(kRowBlock, rows.size(0) - begin);
    const at::Tensor scores = rows.narrow(0, begin, count).matmul(prototypes.t()).contiguous();
    const at::Tensor best = std::get<1>(at::topk(scores, most, 1)).contiguous();
    at::parallel_for(0, count, 1, [&](int64_t first, int64_t last) {
      for (int64_t i = first; i < last; ++i) {
        trial.rows[static_cast<size_t>(begin + i)] = join_candidates(
            {scores.const_data_ptr<float>() + i * y.cols, static_cast<size_t>(y.cols)},
            {best.const_data_ptr<int64_t>() + i * most, static_cast<size_t>(most)}, held,
            begin + i);
      }
    });
  }
  for (const double weight : word_weights) {
    const double gain = mean_gain(trial, held, y, weight);
    if (gain > trial.gain) {
      trial.gain = gain;
      trial.word_weight = weight;
    }
  }
  return trial;
}

/// The score above which the candidates make the best micro-F1.
double best_offset(Trial& trial, const HeldBack& held, const Csr& y) {
  std::vector<std::pair<float, bool>> scores;
  double num_true = 0.0;
  for (size_t i = 0; i < held.rows.size(); ++i) {
    const std::vector<int64_t> truth = labels_of_row(y, held.rows[i]);
    num_true += static_cast<double>(truth.size());
    for (const Candidate& c : trial.rows[i]) {
      scores.emplace_back(c.meaning + static_cast<float>(trial.word_weight) * c.words,
                          std::binary_search(truth.begin(), truth.end(), c.label));
    }
  }
  std::sort(scores.begin(), scores.end(), std::greater<>());
  double hits = 0.0;
  double best = 0.0;
  double offset = 0.0;
  for (size_t i = 0; i < scores.size(); ++i) {
    hits += scores[i].second ? 1.0 : 0.0;
    const double f1 = 2.0 * hits / (static_cast<double>(i + 1) + num_true);
    if (f1 <= best) continue;
    best = f1;
    // Between this score and the next one, so that rounding changes nothing.
    offset = i + 1 < scores.size() ? 0.5 * (static_cast<double>(scores[i].first) +
                                            static_cast<double>(scores[i + 1].first))
                                   : static_cast<double>(scores[i].first) - 1e-6;
  }
  return offset;
}

/// The held-back rows, and the best weights that have been tried on them.
class Search {
 public:
  Search(const FitInput& input, const WordScores& words, const PrototypeOptions& options)
      : input_(input), options_(options), held_(hold_back(input, words)) {
    rows_ = input.hidden.index_select(0, at::tensor(held_.rows, at::kLong));
    mix_.map = at::zeros({input.hidden.size(1), input.hidden.size(1)});
    if (options.name_weight >= 0.0) mix_.name_weight = options.name_weight;
    word_weights_ = {held_.words.rows == 0 ? 0.0 : options.word_weight};
    if (word_weights_.front() < 0.0) word_weights_.assign(kWordWeights.begin(), kWordWeights.end());
  }

  PrototypeMix run() {
    const std::array usual{mix_.name_weight};
    try_weights(true, usual);
    try_weights(false, usual);
    const bool chooses_names = input_.label_texts.defined() && options_.name_weight < 0.0;
    if (chooses_names) try_weights(mix_.is_centred, kNameWeights);
    if (options_.map_epochs > 0) try_map();
    mix_.word_weight = best_.word_weight;
    mix_.offset = best_offset(best_, held_, input_.y);
    mix_.gain = best_.gain;
    return mix_;
  }

 private:
  /// The prototypes of the rows that are not held back.
  struct Parts {
    at::Tensor center;  // [d]
    at::Tensor sums;    // [L, d]
    at::Tensor texts;   // [L, d], or undefined
  };

  Parts parts(bool is_centred) const {
    const at::Tensor none = at::zeros({input_.hidden.size(1)});
    Parts parts;
    parts.center = is_centred ? mean_row(input_.hidden, held_.others) : none;
    parts.sums = label_sums(input_.hidden, input_.y, held_.others, parts.center);
    if (input_.label_texts.defined()) {
      parts.texts =
          centred_rows(input_.label_texts, is_centred ? mean_row(input_.label_texts) : none);
    }
    return parts;
  }

  void try_weights(bool is_centred, std::span<const double> name_weights) {
    const Parts found = parts(is_centred);
    const at::Tensor rows = centred_rows(rows_, found.center);
    for (const double weight : name_weights) {
      if (input_.poll) input_.poll();
      const at::Tensor prototypes = unit_rows(weigh_prototypes(found.sums, found.texts, weight));
      Trial trial = try_prototypes(rows, prototypes, held_, input_.y, word_weights_);
      if (trial.gain <= best_.gain) continue;
      best_ = std::move(trial);
      mix_.is_centred = is_centred;
      mix_.name_weight = weight;
    }
  }

  void try_map() {
    const Parts found = parts(mix_.is_centred);
    const at::Tensor raw = weigh_prototypes(found.sums, found.texts, mix_.name_weight);
    const at::Tensor map = learn_prototype_map(
        {input_.hidden, input_.y, held_.others, found.center, raw, input_.seed, input_.poll},
        options_.map_epochs);
    Trial trial = try_prototypes(mapped_rows(centred_rows(rows_, found.center), map),
                                 mapped_rows(unit_rows(raw), map), held_, input_.y, word_weights_);
    if (trial.gain <= best_.gain) return;
    best_ = std::move(trial);
    mix_.map = map;
  }

  const FitInput& input_;
  const PrototypeOptions& options_;
  HeldBack held_;
  at::Tensor rows_;  // [held back, d]
  std::vector<double> word_weights_;
  Trial best_;
  PrototypeMix mix_;
};

}  // namespace

at::Tensor weigh_prototypes(const at::Tensor& sums, const at::Tensor& texts, double name_weight) {
  if (!texts.defined()) return sums;
  // A label without rows has its text alone, whatever the weight.
  const at::Tensor has_rows = sums.ne(0).any(1, /*keepdim=*/true);
  return sums + texts * at::where(has_rows, name_weight, std::max(name_weight, 1.0));
}

PrototypeMix choose_prototype_mix(const FitInput& input, const WordScores& words,
                                  const PrototypeOptions& options) {
  if (input.y.rows >= kFewestRows) {
    return Search(input, options.word_weight == 0.0 ? nullptr : words, options).run();
  }
  PrototypeMix mix;
  if (options.name_weight >= 0.0) mix.name_weight = options.name_weight;
  if (options.word_weight >= 0.0) mix.word_weight = options.word_weight;
  if (!words) mix.word_weight = 0.0;
  mix.map = at::zeros({input.hidden.size(1), input.hidden.size(1)});
  return mix;
}

}  // namespace spout
