#include "app/threshold.h"

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "app/run_data.h"
#include "app/say.h"
#include "models/model.h"
#include "sparse/batch/loader.h"
#include "sparse/decode/threshold.h"

namespace spout {
namespace {

using Kind = ThresholdRule::Kind;

constexpr const char* kWords = "a number, auto, per-label, density or share:S";

/// The labelled rows to choose by.
struct CalibrationRows : ChosenRows {
  std::string name;
};

/// At most kMostRows of them, evenly spread.
std::vector<int64_t> some_rows(const std::vector<int64_t>& rows) {
  constexpr size_t kMostRows = 20000;
  const size_t step = (rows.size() + kMostRows - 1) / kMostRows;
  std::vector<int64_t> chosen;
  for (size_t i = 0; i < rows.size(); i += step)
    chosen.push_back(rows[i]);
  return chosen;
}

CalibrationRows read_calibration(const ThresholdOptions& options, const TrainedModel& trained,
                                 const PredictionSetting& setting) {
  const TrainOptions& run = trained.options;
  const auto read_all = [&](const std::string& path, const DataOptions& format,
                            const KnownInteractions& known) {
    ChosenRows all{read_measured_data(trained, path, format, known), {}};
    all.rows = all_rows(all.data.rows());
    return CalibrationRows{std::move(all), path};
  };
  if (!options.calibrate.empty()) return read_all(options.calibrate, setting.format, {});
  const bool is_gone =
      (run.valid.empty() && run.train == "-") || run.valid == "-" || run.valid_input == "-";
  if (is_gone) {
    throw UserError("--threshold " + options.threshold +
                    " needs --calibrate DATA: the run's own rows came from standard input");
  }
  if (!run.valid.empty()) {
    return read_all(run.valid, with_own_format(run.data, run.valid), {run.valid_input, run.data});
  }
  if (run.valid_share > 0.0) {
    return {read_held_back(trained), "the held-back rows of " + run.train};
  }
  if (options.threshold == "per-label" || trained.schema.has_interactions()) {
    throw UserError("--threshold " + options.threshold +
                    " needs --calibrate DATA, or a run with validation rows");
  }
  CalibrationRows result = read_all(run.train, run.data, {});
  result.name = run.train + ", the training rows: --calibrate DATA would be fairer";
  return result;
}

/// How many scores of a row are looked at: four times what all but a hundredth of the rows need.
int64_t scores_a_row(const CalibrationRows& calibration) {
  constexpr int64_t kFewest = 100;
  std::vector<int64_t> lengths;
  lengths.reserve(calibration.rows.size());
  for (const int64_t row : calibration.rows)
    lengths.push_back(static_cast<int64_t>(calibration.data.y.row_columns(row).size()));
  const size_t place = lengths.size() - 1 - lengths.size() / 100;
  std::nth_element(lengths.begin(), lengths.begin() + static_cast<ptrdiff_t>(place), lengths.end());
  return std::max(4 * lengths[place], kFewest);
}

/// Calls body(scores, batch) with the scores of each batch that `decode` chooses, which the body
/// may change for the next one.
template <class Body>
void for_each_batch(const TrainedModel& trained, const Dataset& data, std::vector<int64_t> rows,
                    const PredictionSetting& setting, const DecodeOptions& decode,
                    const Body& body) {
  const at::NoGradGuard no_grad;
  const PrecisionGuard precision(setting.precision, setting.device);
  BatchLoader loader(data, std::move(rows), setting.batch_size);
  while (auto loaded = loader.next()) {
    const Batch batch = to_device(std::move(*loaded), setting.device);
    std::optional<Csr> seen;
    if (setting.seen != nullptr && setting.seen->rows > 0) {
      seen = gather_rows(*setting.seen, batch.rows);
    }
    body(trained.model->predict_scores(batch.x, decode, seen ? &*seen : nullptr), batch);
  }
}

DecodeOptions by_f1(const CalibrationRows& calibration, Kind kind, const TrainedModel& trained,
                    const PredictionSetting& setting, DecodeOptions decode) {
  DecodeOptions all;
  all.top_k = scores_a_row(calibration);
  ThresholdSearch search(trained.shape.labels, all.top_k);
  PredictionSetting own = setting;
  own.seen = &calibration.data.seen;  // that of `setting` is of other rows
  for_each_batch(trained, calibration.data, calibration.rows, own, all,
                 [&](const Csr& scores, const Batch& batch) {
                   search.add(scores, gather_rows(calibration.data.y, batch.rows));
                 });
  const ThresholdChoice best = search.best_for_all();
  const bool each = kind == Kind::kPerLabel;
  say("threshold: {:.6g}, micro-F1 {:.4f} on {} rows of {}{}\n", best.threshold, best.f1,
      calibration.rows.size(), calibration.name,
      each ? fmt::format("; labels true in {} of them or more have their own",
                         ThresholdSearch::kFewestTrue)
           : "");
  decode.threshold = each ? 0.0F : best.threshold;
  if (each) decode.label_thresholds = search.best_for_each(best.threshold);
  return decode;
}

DecodeOptions by_share(double share, const TrainedModel& trained, const Dataset& data,
                       const PredictionSetting& setting, DecodeOptions decode) {
  const double entries =
      static_cast<double>(data.rows()) * static_cast<double>(trained.shape.labels);
  CountThreshold search(std::llround(share * entries));
  DecodeOptions all;
  all.top_k = 0;
  all.row_limit = decode.row_limit;
  for_each_batch(trained, data, all_rows(data.rows()), setting, all,
                 [&](const Csr& scores, const Batch& /*batch*/) {
                   search.add(scores);
                   all.threshold = search.limit();
                 });
  decode.threshold = search.finish();
  say("threshold: {:.6g}, above which {:.4g} % of the entries lie\n", decode.threshold,
      100.0 * static_cast<double>(search.count()) / entries);
  return decode;
}

}  // namespace

std::vector<Option> threshold_options(ThresholdOptions& options) {
  return {{"threshold", &options.threshold, "T",
           "only labels whose score is above: a number, auto, per-label, density or share:S"},
          {"calibrate", &options.calibrate, "DATA",
           "rows for auto and per-label in place of the run's validation rows"}};
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
                             const TrainedModel& trained, const Dataset& data,
                             const PredictionSetting& setting, const DecodeOptions& decode) {
  if (rule.kind == Kind::kShare) return by_share(rule.number, trained, data, setting, decode);
  if (rule.kind != Kind::kDensity) {
    CalibrationRows calibration = read_calibration(options, trained, setting);
    calibration.rows = some_rows(calibration.rows);
    if (calibration.rows.empty()) {
      throw UserError(calibration.name + ": no rows to choose a threshold by");
    }
    return by_f1(calibration, rule.kind, trained, setting, decode);
  }
  if (trained.shape.density <= 0.0) {
    throw UserError(
        "--threshold density: this run does not say how dense its training data was; use share:S");
  }
  return by_share(trained.shape.density, trained, data, setting, decode);
}

}  // namespace spout
