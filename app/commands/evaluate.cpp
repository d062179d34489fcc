// spout evaluate: metrics of a run or of a prediction file.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/commands/command.h"
#include "app/evaluation.h"
#include "app/interaction_data.h"
#include "app/options/command_line.h"
#include "app/run_data.h"
#include "app/say.h"
#include "app/threshold.h"
#include "losses/loss.h"
#include "sparse/decode/decode.h"
#include "sparse/files/features.h"
#include "sparse/files/output_file.h"
#include "sparse/files/prediction_text.h"
#include "sparse/files/predictions.h"
#include "sparse/files/text_writer.h"
#include "sparse/layout/entries.h"
#include "sparse/metrics/propensity.h"

namespace spout {
namespace {

constexpr CommandHelp kHelp{
    "spout evaluate (RUN | PREDICTIONS) --data DATA [options]",
    "Measures a run, or a prediction file (.pt, .npz, .txt), on labelled data. Rows without "
    "labels\n"
    "count as 0 in P, nDCG and Recall. PSP and PSnDCG weigh labels by their rarity in the "
    "training\n"
    "data (--train; of a run, its own). F1 and errors of values count an entry as predicted above\n"
    "--threshold (see spout predict --help); of a prediction file, every stored entry unless a\n"
    "number is given.",
    "  spout evaluate run --data test.txt.gz\n"
    "  spout evaluate predictions.npz --data test.txt --train train.txt --metrics P@1,PSP@5"};

struct EvaluateOptions {
  std::string data;
  std::string train;
  std::string metrics = "auto";
  ThresholdOptions threshold;  // empty: the loss's own
  PropensityOptions propensity;
  std::string json;
  int64_t batch_size = 256;
  bool force = false;
  DataOptions format;
  DeviceOptions device;
  std::vector<std::string> said;  // those on the command line
};

OptionList describe(EvaluateOptions& o) {
  OptionGroup data{"data",
                   {{"data", &o.data, "DATA", "examples with their true labels"},
                    {"train", &o.train, "DATA",
                     "training examples, for propensities; of users and items what is known of the "
                     "users"}}};
  for (Option& option : data_options(o.format))
    data.options.push_back(std::move(option));
  OptionGroup metrics{"metrics",
                      {{"metrics", &o.metrics, "LIST",
                        "names below, with commas between; auto: P, nDCG and PSP, of users and "
                        "items Recall, nDCG, HitRate, MRR and MAP at 20"},
                       {"propensity-a", &o.propensity.a, "A",
                        "of PSP: 0.5 for Wikipedia, 0.6 for Amazon; of a run, as in its training"},
                       {"propensity-b", &o.propensity.b, "B", "the same: 0.4, 2.6"},
                       {"json", &o.json, "FILE", "write the values as one JSON object"},
                       {"force", &o.force, "", "overwrite FILE"}}};
  for (Option& option : threshold_options(o.threshold))
    metrics.options.push_back(std::move(option));
  OptionGroup run{"run", {{"batch-size", &o.batch_size, "B", "rows at a time"}}};
  for (Option& option : device_options(o.device))
    run.options.push_back(std::move(option));
  return {data, metrics, run};
}

std::string metric_help() {
  std::string text = "\nmetrics\n";
  for (const MetricInfo& info : metric_table()) {
    text += fmt::format("  {:<12} {}\n", std::string(info.name) + (info.takes_k() ? "@k" : ""),
                        info.help);
  }
  return text;
}

void check_calibrate(const EvaluateOptions& options, const std::vector<MetricSpec>& specs) {
  if (options.threshold.calibrate.empty() || need_sets(specs)) return;
  throw UserError("--calibrate: none of the --metrics uses a threshold");
}

/// Whether the training data that propensities need can be read.
bool is_there(const std::string& train) {
  std::error_code ignored;
  return !train.empty() && train != "-" &&
         std::filesystem::exists(split_data_pair(train).first, ignored);
}

/// The metrics asked for, or the usual ones.
///   train  the training data, where there are some
std::vector<MetricSpec> metrics_for(const EvaluateOptions& options, bool interactions,
                                    const std::string& train) {
  if (options.metrics != "auto") return parse_metrics(options.metrics);
  if (interactions) return parse_metrics("Recall@20,nDCG@20,HitRate@20,MRR@20,MAP@20");
  const std::string usual = "P@1,P@3,P@5,nDCG@1,nDCG@3,nDCG@5";
  if (!options.train.empty() || is_there(train)) return parse_metrics(usual + ",PSP@1,PSP@3,PSP@5");
  say("metrics: without PSP, which needs the training labels (--train DATA){}\n",
      train.empty() || train == "-" ? "" : "; there is no " + train);
  return parse_metrics(usual);
}

/// A run's own constants of propensities, but for what is said.
PropensityOptions constants_of(const EvaluateOptions& options, PropensityOptions run) {
  const auto is_said = [&](const char* name) {
    return std::find(options.said.begin(), options.said.end(), name) != options.said.end();
  };
  if (is_said("propensity-a")) run.a = options.propensity.a;
  if (is_said("propensity-b")) run.b = options.propensity.b;
  return run;
}

/// Training labels as metrics need them: as wide as the truth, which may name labels that training
/// has not seen.
std::vector<double> propensities(const std::string& train, const DataOptions& format,
                                 const ExpectedShape& expected,
                                 const std::vector<MetricSpec>& specs, int64_t num_labels,
                                 const PropensityOptions& constants) {
  if (!need_propensities(specs)) return {};
  if (train.empty() || train == "-") {
    throw UserError("PSP and PSnDCG need --train DATA, or --metrics without them");
  }
  Csr y = read_dataset(train, format, expected).y;
  y.cols = std::max(y.cols, num_labels);
  return inverse_propensities(keep_columns(y, num_labels), constants);
}

MetricValues evaluate_run(const EvaluateOptions& options, const std::string& run) {
  const c10::Device device = set_up_device(options.device);
  const TrainedModel trained = load_trained_model(run, device);
  const Dataset data =
      read_measured_data(trained, options.data, options.format, {options.train, options.format});
  EvaluationOptions evaluation;
  const bool own = options.train.empty();
  evaluation.metrics = metrics_for(options, trained.schema.has_interactions(),
                                   own ? trained.options.train : options.train);
  check_calibrate(options, evaluation.metrics);
  evaluation.inverse_propensity =
      propensities(own ? trained.options.train : options.train,
                   own ? trained.options.data : trained.format_of(options.format),
                   trained.expected(/*needs_labels=*/true), evaluation.metrics, data.y.cols,
                   constants_of(options, trained.options.labels.propensity));
  evaluation.batch_size = options.batch_size;
  evaluation.device = device;
  evaluation.precision = options.device.precision;
  keep_large_blocks();
  const ThresholdRule rule = parse_threshold(options.threshold);
  evaluation.sets.threshold = rule.kind == ThresholdRule::Kind::kNumber
                                  ? static_cast<float>(rule.number)
                                  : find_loss(trained.options.loss).threshold;
  if (rule.is_searched() && need_sets(evaluation.metrics)) {
    evaluation.sets = find_threshold(
        rule, options.threshold, trained, data,
        {options.batch_size, device, options.device.precision, options.format, &data.seen},
        evaluation.sets);
  }
  return evaluate_model(*trained.model, data, all_rows(data.rows()), evaluation);
}

/// Predictions made for the users of `known`, and what these should have been: both cut down to
/// users with items in `truth`, and without what they were known to have.
struct ComparedRows {
  Csr predicted;
  Dataset truth;
};

ComparedRows compare_users(const Csr& predicted, const std::string& file,
                           const EvaluateOptions& options, const Dataset& known,
                           const Dataset& truth) {
  if (predicted.rows != known.rows()) {
    throw UserError(fmt::format("{}: expected {} rows, as {} has, found {}", file, known.rows(),
                                options.train, predicted.rows));
  }
  ComparedRows rows{{}, join_users(known, truth)};
  std::vector<int64_t> places;
  places.reserve(static_cast<size_t>(rows.truth.rows()));
  for (int64_t row = 0; row < rows.truth.rows(); ++row)
    places.push_back(known.row_names.find(rows.truth.row_names.name(row)));
  rows.predicted = without(rows_or_empty(predicted, places), rows.truth.seen);
  return rows;
}

/// Predictions as text have no width, data have none of their own either: each takes the other's.
/// Where labels have names, the numbers of those in the data hold. The width of users and items is
/// what a file happens to name, so both get the larger.
Csr read_predicted_text(const std::string& file, Csr& truth, Vocabulary names, bool widens) {
  if (names.empty()) return read_predictions(file, widens ? -1 : truth.cols);
  LineReader reader(file);
  Csr predicted = read_named_prediction_text(reader, names);
  truth.cols = names.size();
  return predicted;
}

/// What is known of the users; adds its items to the names.
Dataset read_known(const EvaluateOptions& options, DataSchema& schema) {
  if (is_matrix_file(options.train) && options.format.format == "auto") {
    throw UserError(fmt::format(
        "{}: expected users and items, as {} has; of a matrix say so with --format adjacency",
        options.train, options.data));
  }
  Interactions read = read_interactions(options.train, options.format, &schema);
  schema.labels = read.items;  // those of both files
  return interaction_dataset(std::move(read));
}

MetricValues evaluate_predictions(const EvaluateOptions& options, const std::string& file) {
  set_up_device(options.device);
  const ThresholdRule rule = parse_threshold(options.threshold);
  if (rule.is_searched()) {
    throw UserError(
        fmt::format("--threshold {}: a run can find a threshold, a prediction file takes a number",
                    options.threshold.threshold));
  }
  const bool has_width = !is_prediction_text(file);
  Csr predicted = has_width ? read_predictions(file) : Csr{};
  ExpectedShape expected{-1, has_width ? predicted.cols : -1, /*needs_labels=*/true};
  expected.of = "prediction";
  DataSchema schema;
  Dataset data = read_dataset(options.data, options.format, expected, &schema);
  if (has_width && !schema.labels.empty()) {
    throw UserError(
        fmt::format("{}: has numbers for labels that {} calls by name; predict to a .txt file, or "
                    "evaluate the run",
                    file, options.data));
  }
  const bool interactions = !data.row_names.empty();
  std::optional<Dataset> known;
  if (interactions && !options.train.empty()) known = read_known(options, schema);
  if (!has_width) predicted = read_predicted_text(file, data.y, schema.labels, interactions);
  if (interactions) data.y.cols = predicted.cols = std::max(data.y.cols, predicted.cols);
  const std::vector<MetricSpec> specs = metrics_for(options, interactions, "");
  check_calibrate(options, specs);
  if (known) {
    ComparedRows rows = compare_users(predicted, file, options, *known, data);
    predicted = std::move(rows.predicted);
    data = std::move(rows.truth);
    predicted.cols = data.y.cols;  // with the items of --train
  }
  if (predicted.rows != data.rows()) {
    throw UserError(fmt::format("{}: expected {} rows, as {} has, found {}{}", file, data.rows(),
                                options.data, predicted.rows,
                                interactions ? "; --train DATA names the users of the rows" : ""));
  }
  ExpectedShape training{-1, data.y.cols, /*needs_labels=*/true};
  if (!schema.text.empty()) training.schema = &schema;
  MetricEvaluator evaluator(specs, data.y.cols,
                            propensities(options.train, options.format, training, specs,
                                         data.y.cols, options.propensity));
  constexpr float kAll = -std::numeric_limits<float>::infinity();
  const bool given = rule.kind == ThresholdRule::Kind::kNumber;
  evaluator.add(predicted, above(predicted, given ? static_cast<float>(rule.number) : kAll),
                data.y);
  return evaluator.values();
}

void write_json(const std::string& path, const MetricValues& values, bool force) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const auto& [name, value] : values)
    json[name] = value;
  TextWriter writer(path, force);
  writer.append(json.dump() + "\n");
  writer.commit();
}

}  // namespace

void run_evaluate(const std::vector<std::string>& arguments) {
  EvaluateOptions options;
  const OptionList list = describe(options);
  if (wants_help(arguments)) {
    fmt::print("{}{}", help_text(kHelp, list), metric_help());
    return;
  }
  const std::vector<std::string> words = parse_command_line(list, 1, arguments, &options.said);
  if (words.empty()) throw UserError("a run folder or a prediction file is needed; see --help");
  if (options.data.empty()) throw UserError("--data DATA is needed; see --help");
  if (options.metrics != "auto") check_calibrate(options, parse_metrics(options.metrics));
  parse_threshold(options.threshold);
  check_range("batch-size", static_cast<double>(options.batch_size), 1.0, 1e9);
  if (!options.json.empty()) check_output_file(options.json, options.force);
  const MetricValues values = std::filesystem::is_directory(words.front())
                                  ? evaluate_run(options, words.front())
                                  : evaluate_predictions(options, words.front());
  if (!options.json.empty()) write_json(options.json, values, options.force);
  for (const auto& [name, value] : values)
    fmt::print("{:<10} {:.4f}\n", name, value);
}

}  // namespace spout
