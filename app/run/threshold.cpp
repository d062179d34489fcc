#include "spout/app/run/threshold.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "spout/app/process/say.h"
#include "spout/app/run/run_data.h"
#include "spout/models/base/model.h"
#include "spout/sparse/decode/threshold.h"

namespace spout {
namespace {

using Kind = ThresholdRule::Kind;

constexpr const char* kWords = "a number, auto, per-label, density or share:S";

/// The labelled rows on which a threshold is chosen, and their name for messages.
struct CalibrationRows : ChosenRows {
  std::string name;
};

/// Picks at most kMostRows of the rows, evenly spread.
std::vector<int64_t> some_rows(const std::vector<int64_t>& rows) {
  constexpr size_t kMostRows = 20000;
  const size_t step = (rows.size() + kMostRows - 1) / kMostRows;
  std::vector<int64_t> chosen;
  for (size_t i = 0; i < rows.size(); i += step)
    chosen.push_back(rows[i]);
  return chosen;
}

CalibrationRows read_calibration(const ThresholdOptions& options, const PredictionTask& task) {
  const TrainedModel& trained = task.trained;
  const TrainOptions& run = trained.options;
  const DataOptions own = trained.own_format();
  const auto read_all = [&](const std::string& path, const DataOptions& format,
                            const KnownInteractions& known) {
    ChosenRows all{read_measured_data(trained, path, format, known), {}};
    all.rows = all_rows(all.data.rows());
    return CalibrationRows{std::move(all), path};
  };
  if (!options.calibrate.empty()) return read_all(options.calibrate, task.format, {});
  const bool is_gone =
      (run.valid.empty() && run.train == "-") || run.valid == "-" || run.valid_input == "-";
  if (is_gone) {
    throw UserError("--threshold " + options.threshold +
                    " needs --calibrate DATA: the run's own rows came from standard input");
  }
  if (!run.valid.empty()) {
    return read_all(run.valid, with_own_format(own, run.valid), {run.valid_input, own});
  }
  if (run.valid_share > 0.0) {
    return {read_held_back(trained), "the held-back rows of " + run.train};
  }
  if (options.threshold == "per-label" || trained.schema.has_interactions()) {
    throw UserError("--threshold " + options.threshold +
                    " needs --calibrate DATA, or a run with validation rows");
  }
  CalibrationRows result = read_all(run.train, own, {});
  result.name =
      run.train + ", the training rows; other rows (--calibrate DATA) are a better choice";
  return result;
}

/// The number of scores of a row that the search looks at: four times the number of labels that all
/// but a hundredth of the rows have at most.
int64_t scores_a_row(const CalibrationRows& calibration) {
  constexpr int64_t kFewest = 100;
  std::vector<int64_t> lengths;
  lengths.reserve(calibration.rows.size());
  for (const int64_t row : calibration.rows)
    lengths.push_back(static_cast<int64_t>(calibration.data.y.row_columns(row).size()));
  const size_t rank = lengths.size() - 1 - lengths.size() / 100;
  std::nth_element(lengths.begin(), lengths.begin() + static_cast<ptrdiff_t>(rank), lengths.end());
  return std::max(4 * lengths[rank], kFewest);
}

DecodeOptions by_f1(const CalibrationRows& calibration, Kind kind, const PredictionTask& task,
                    DecodeOptions decode) {
  const Dataset& data = calibration.data;
  DecodeOptions all;
  all.top_k = scores_a_row(calibration);
  ThresholdSearch search(task.trained.shape.labels, all.top_k);
  for_each_batch(data, calibration.rows, data.seen, task.setting,
                 [&](const Batch& batch, const Csr* seen) {
                   search.add(task.trained.model->predict_scores(batch.x, all, seen),
                              gather_rows(data.y, batch.rows));
                 });
  const ThresholdChoice best = search.best_for_all();
  const bool each = kind == Kind::kPerLabel;
  say("threshold: {:.6g}, micro-F1 {:.4f} on {} rows of {}{}\n", best.threshold, best.f1,
      calibration.rows.size(), calibration.name,
      each ? fmt::format("; labels that are true in at least {} of them have their own thresholds",
                         ThresholdSearch::kFewestTrue)
           : "");
  decode.threshold = each ? 0.0F : best.threshold;
  if (each) decode.label_thresholds = search.best_for_each(best.threshold);
  return decode;
}

DecodeOptions by_share(double share, const PredictionTask& task, DecodeOptions decode) {
  const Dataset& data = task.data;
  const double entries =
      static_cast<double>(data.rows()) * static_cast<double>(task.trained.shape.labels);
  CountThreshold search(std::llround(share * entries));
  DecodeOptions all;
  all.top_k = 0;
  all.row_limit = decode.row_limit;
  for_each_batch(data, all_rows(data.rows()), data.seen, task.setting,
                 [&](const Batch& batch, const Csr* seen) {
                   search.add(task.trained.model->predict_scores(batch.x, all, seen));
                   all.threshold = search.limit();
                 });
  decode.threshold = search.finish();
  say("threshold: {:.6g}, above which {:.4g} % of the entries lie\n", decode.threshold,
      100.0 * static_cast<double>(search.count()) / entries);
  return decode;
}

}  // namespace

std::vector<Option> threshold_options(ThresholdOptions& options) {
  return {
      {"threshold", &options.threshold, "T",
       "Keeps labels whose score is above T: a number (for bce log-odds, so that 0 is probability "
       "0.5); auto, the threshold with the best micro-F1; "
       "per-label, the best one of each label; density, as many entries as the training data had; "
       "share:S, a share S of all entries (0 to 1). Without it spout predict keeps the --top-k "
       "best "
       "labels, and spout evaluate takes the threshold of the loss: 0, for mse 0.5, for poisson "
       "-0.69."},
      {"calibrate", &options.calibrate, "DATA",
       "Labelled rows on which auto and per-label search. Without it they take the run's "
       "validation "
       "rows; if there are none, auto takes its training rows."}};
}

ThresholdRule parse_threshold(const ThresholdOptions& options) {
  const std::string& word = options.threshold;
  ThresholdRule rule;
  if (word == "auto") {
    rule.kind = Kind::kAuto;
  } else if (word == "per-label") {
    rule.kind = Kind::kPerLabel;
  } else if (word == "density") {
    rule.kind = Kind::kDensity;
  } else if (!word.empty()) {
    const bool is_share = word.starts_with("share:");
    rule.kind = is_share ? Kind::kShare : Kind::kNumber;
    try {
      set_option({"threshold", &rule.number, "", ""}, is_share ? word.substr(6) : word);
    } catch (const UserError&) {
      throw UserError(fmt::format("--threshold: expected {}, found '{}'", kWords, word));
    }
    if (is_share && !(rule.number > 0.0 && rule.number <= 1.0)) {
      throw UserError(
          fmt::format("--threshold share:S: expected S above 0 and up to 1, found {}", word));
    }
  }
  if (!options.calibrate.empty() && rule.kind != Kind::kAuto && rule.kind != Kind::kPerLabel) {
    throw UserError("--calibrate is for --threshold auto and per-label");
  }
  return rule;
}

DecodeOptions find_threshold(const ThresholdRule& rule, const ThresholdOptions& options,
                             const PredictionTask& task, const DecodeOptions& decode) {
  if (rule.kind == Kind::kShare) return by_share(rule.number, task, decode);
  if (rule.kind != Kind::kDensity) {
    CalibrationRows calibration = read_calibration(options, task);
    calibration.rows = some_rows(calibration.rows);
    if (calibration.rows.empty()) {
      throw UserError(calibration.name + ": expected rows to choose a threshold on, found none");
    }
    return by_f1(calibration, rule.kind, task, decode);
  }
  const double density = task.trained.shape.density;
  if (density <= 0.0) {
    throw UserError(
        "--threshold density: this run does not say how dense its training data was; use share:S");
  }
  return by_share(density, task, decode);
}

}  // namespace spout
