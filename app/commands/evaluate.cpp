// spout evaluate: prints metrics of a run or of a prediction file.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "spout/app/commands/command.h"
#include "spout/app/data/interaction_data.h"
#include "spout/app/data/matrix_file.h"
#include "spout/app/options/command_line.h"
#include "spout/app/process/say.h"
#include "spout/app/run/evaluation.h"
#include "spout/app/run/prediction.h"
#include "spout/app/run/run_data.h"
#include "spout/app/run/threshold.h"
#include "spout/losses/base/loss.h"
#include "spout/losses/loss_table.h"
#include "spout/models/model_table.h"
#include "spout/sparse/decode/decode.h"
#include "spout/sparse/files/features.h"
#include "spout/sparse/files/io/output_file.h"
#include "spout/sparse/files/io/text_writer.h"
#include "spout/sparse/files/predictions.h"
#include "spout/sparse/files/text/prediction_text.h"
#include "spout/sparse/layout/entries.h"
#include "spout/sparse/metrics/propensity.h"

namespace spout {
namespace {

constexpr CommandHelp kHelp{
    "spout evaluate (RUN | PREDICTIONS) --data DATA [options]",
    "Prints metrics of a run, or of a prediction file (.pt, .npz, .txt), on labelled data. Rows\n"
    "without labels count as 0 in P, nDCG and Recall. PSP and PSnDCG weigh labels by their rarity "
    "in\n"
    "the training data: those of --train, or for a run its own. F1, precision, recall and the "
    "errors\n"
    "of values (MSE, ...) are of the entries above --threshold; a prediction file counts all its\n"
    "entries unless --threshold is a number.",
    "  spout evaluate run --data test.txt.gz\n"
    "  spout evaluate predictions.npz --data test.txt --train train.txt --metrics P@1,PSP@5"};

struct EvaluateOptions {
  std::string data;
  std::string train;
  std::string metrics = "auto";
  ThresholdOptions threshold;  // empty: the loss's threshold
  PropensityOptions propensity;
  std::string json;
  int64_t batch_size = 256;
  bool force = false;
  DataOptions format;
  DeviceOptions device;
  GivenOptions given;  // the options on the command line
};

OptionList describe(EvaluateOptions& o) {
  OptionGroup data{
      "data",
      {Option{"data", &o.data, "DATA", "Examples with their true labels."},
       Option{
           "train", &o.train, "DATA",
           "Training examples, from which PSP has its propensities. With users and items they are "
           "the known items of users: the model's input, left out of the ranking. Default for a "
           "run: its own training data."}}};
  data.add(data_options(o.format));
  OptionGroup metrics{
      "options of metrics",
      {Option{
           "metrics", &o.metrics, "LIST",
           "Metrics of the list below, with commas between, e.g. P@1,nDCG@5. auto is P, nDCG and "
           "PSP at 1, 3 and 5, or for users and items Recall, nDCG, HitRate, MRR and MAP at 20."},
       Option{
           "propensity-a", &o.propensity.a, "A",
           "Constant A of label propensities (estimated chance that a true label is recorded, Jain "
           "2016), for PSP: 0.5 for Wikipedia, 0.6 for Amazon. Default for a run: the value it was "
           "trained with."},
       Option{"propensity-b", &o.propensity.b, "B",
              "Constant B of label propensities: 0.4 for Wikipedia, 2.6 for Amazon. Default for a "
              "run: the value it was trained with."},
       Option{"json", &o.json, "FILE", "Writes the metrics to FILE as one JSON object."},
       Option{"force", &o.force, "", "Overwrites the FILE of --json."}}};
  metrics.add(threshold_options(o.threshold));
  OptionGroup run{
      "run", {Option{"batch-size", &o.batch_size, "B", "Rows predicted at a time."}.in(1, 1e9)}};
  return {data, metrics, run.add(device_options(o.device))};
}

std::string metric_help() {
  std::string text = "\nmetrics (--metrics)\n";
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

/// Whether the training data, which propensities need, exist.
bool is_there(const std::string& train) {
  std::error_code ignored;
  return !train.empty() && train != "-" &&
         std::filesystem::exists(parse_data_name(train).first, ignored);
}

/// The metrics asked for, or the default ones.
///   train          the run's training data; empty if unknown
///   learns_values  whether the run's target has values to come near to
std::vector<MetricSpec> metrics_for(const EvaluateOptions& options, bool interactions,
                                    const std::string& train, bool learns_values = false) {
  if (options.metrics != "auto") {
    std::vector<MetricSpec> specs = parse_metrics(options.metrics);
    if (need_loss(specs)) {
      throw UserError("--metrics loss: is for spout train, which minimises one");
    }
    return specs;
  }
  const std::string errors =
      learns_values ? ",MSE,MAE,R2,nz-MSE,nz-MAE,nz-R2,density,density-ratio" : "";
  if (interactions) return parse_metrics("Recall@20,nDCG@20,HitRate@20,MRR@20,MAP@20" + errors);
  const std::string usual = "P@1,P@3,P@5,nDCG@1,nDCG@3,nDCG@5" + errors;
  if (!options.train.empty() || is_there(train)) return parse_metrics(usual + ",PSP@1,PSP@3,PSP@5");
  say("metrics: without PSP, which needs the training labels (--train DATA){}\n",
      train.empty() || train == "-" ? "" : "; there is no " + train);
  return parse_metrics(usual);
}

/// The constants of propensities: those given, else the run's.
PropensityOptions constants_of(const EvaluateOptions& options, PropensityOptions run) {
  if (options.given.has("propensity-a")) run.a = options.propensity.a;
  if (options.given.has("propensity-b")) run.b = options.propensity.b;
  return run;
}

/// What the metrics need to know of all labels of the truth, which may be more than the training
/// data have.
LabelStatistics statistics_of(const std::string& train, const DataOptions& format,
                              ExpectedShape expected, const std::vector<MetricSpec>& specs,
                              int64_t num_labels, const PropensityOptions& constants) {
  if (!need_propensities(specs) && !need_training_rows(specs)) return {};
  if (train.empty() || train == "-") {
    throw UserError(
        fmt::format("{} need --train DATA, or --metrics without them",
                    need_propensities(specs) ? "PSP and PSnDCG" : "Recall-0 and so on"));
  }
  expected.labels_only = true;
  Csr y = read_dataset(train, format, expected).y;
  y.cols = std::max(y.cols, num_labels);
  return label_statistics(specs, keep_columns(y, num_labels), constants);
}

MetricValues evaluate_run(const EvaluateOptions& options, const std::string& run) {
  const c10::Device device = set_up_device(options.device);
  const TrainedModel trained = load_trained_model(run, device);
  const Dataset data =
      read_measured_data(trained, options.data, options.format, {options.train, options.format});
  EvaluationOptions evaluation;
  const bool own = options.train.empty();
  evaluation.metrics = metrics_for(
      options, trained.schema.has_interactions(), own ? trained.options.train : options.train,
      learns_values(trained.options, trained.schema.has_interactions()));
  check_calibrate(options, evaluation.metrics);
  evaluation.labels =
      statistics_of(own ? trained.options.train : options.train,
                    own ? trained.own_format() : trained.format_of(options.format),
                    trained.expected(/*needs_labels=*/true), evaluation.metrics, data.y.cols,
                    constants_of(options, trained.options.labels.propensity));
  evaluation.setting = {options.batch_size, device, options.device.precision};
  keep_large_blocks();
  const ThresholdRule rule = parse_threshold(options.threshold);
  evaluation.sets.threshold = rule.kind == ThresholdRule::Kind::kNumber
                                  ? static_cast<float>(rule.number)
                                  : find_loss(trained.options.loss).threshold;
  if (rule.kind == ThresholdRule::Kind::kNone && need_sets(evaluation.metrics)) {
    say("threshold: {:.6g}, that of the loss {}; --threshold sets another\n",
        evaluation.sets.threshold, trained.options.loss);
  }
  evaluation.item_counts = trained.schema.item_counts;
  if (trained.schema.has_interactions()) say_popular(trained, options.data, data);
  if (rule.is_searched() && need_sets(evaluation.metrics)) {
    evaluation.sets =
        find_threshold(rule, options.threshold, {trained, data, evaluation.setting, options.format},
                       evaluation.sets);
  }
  return evaluate_model(*trained.model, data, all_rows(data.rows()), evaluation);
}

/// Predictions for users and their true items, row by row: only users who have items in the truth,
/// and predictions without the items that the users were known to have.
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
  std::vector<int64_t> known_rows;
  known_rows.reserve(static_cast<size_t>(rows.truth.rows()));
  for (int64_t row = 0; row < rows.truth.rows(); ++row)
    known_rows.push_back(known.row_names.find(rows.truth.row_names.name(row)));
  rows.predicted = without(rows_or_empty(predicted, known_rows), rows.truth.seen);
  return rows;
}

/// Reads predictions from text, which has no width. They get that of the truth, and named labels
/// the truth's numbers; names that only the predictions have widen the truth.
///   widens  the truth has no width of its own either (users and items), so that the caller takes
///           the larger one
Csr read_predicted_text(const std::string& file, Csr& truth, Vocabulary names, bool widens) {
  LineReader reader(file);
  // The names may be those of numbers that the predictions have, from a file beside the truth.
  const bool by_number = names.empty() || prediction_names(reader) == PredictionNames::kNumbers;
  if (by_number) return read_prediction_text(reader, widens ? -1 : truth.cols);
  Csr predicted = read_named_prediction_text(reader, names);
  truth.cols = names.size();
  return predicted;
}

/// Reads the known items of users from --train, and adds the names of items to `schema`.
Dataset read_known(const EvaluateOptions& options, DataSchema& schema) {
  if (is_matrix_file(options.train) && options.format.format == "auto") {
    throw UserError(fmt::format(
        "{}: expected users and items, as {} has; for a matrix of these add --format adjacency",
        options.train, options.data));
  }
  Interactions read = read_interactions(options.train, options.format, {&schema});
  schema.labels = read.items;  // the names of both files
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
  const bool has_width = is_matrix_file(file);
  Csr predicted = has_width ? read_matrix_file(file) : Csr{};
  ExpectedShape expected{-1, has_width ? predicted.cols : -1, /*needs_labels=*/true};
  expected.of = "prediction";
  DataSchema schema;
  Dataset data = read_dataset(options.data, options.format, expected, &schema);
  // The numbers of adjacency text, whose names stand beside it, are those of the columns.
  const bool by_number = schema.labels.empty() || schema.format == "adjacency";
  if (has_width && !by_number) {
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
    predicted.cols = data.y.cols;  // the items of --train may have widened the truth
  }
  if (predicted.rows != data.rows()) {
    throw UserError(fmt::format("{}: expected {} rows, as {} has, found {}{}", file, data.rows(),
                                options.data, predicted.rows,
                                interactions ? "; --train DATA tells which user each row is" : ""));
  }
  ExpectedShape training{-1, data.y.cols, /*needs_labels=*/true};
  if (!schema.text.empty()) training.schema = &schema;
  MetricEvaluator evaluator(specs, data.y.cols,
                            statistics_of(options.train, options.format, training, specs,
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
    fmt::print("{}{}{}", help_text(kHelp, list), metric_help(), formats_help());
    return;
  }
  const auto [words, given] = parse_command_line(list, 1, arguments);
  options.given = given;
  check_values(list);
  if (words.empty())
    throw UserError("a run folder or a prediction file is needed; see spout evaluate --help");
  if (words.front() != "-" && !std::filesystem::exists(words.front())) {
    throw UserError(
        fmt::format("{}: expected a run folder or a prediction file, found nothing of that name",
                    words.front()));
  }
  if (options.data.empty()) throw UserError("--data DATA is needed; see spout evaluate --help");
  if (options.metrics != "auto") check_calibrate(options, parse_metrics(options.metrics));
  parse_threshold(options.threshold);
  if (!options.json.empty()) check_output_file(options.json, options.force);
  refuse_pipe_named_twice({{"--data", options.data},
                           {"--train", options.train},
                           {"--calibrate", options.threshold.calibrate},
                           {"PREDICTIONS", words.front()}});
  const MetricValues values = std::filesystem::is_directory(words.front())
                                  ? evaluate_run(options, words.front())
                                  : evaluate_predictions(options, words.front());
  if (!options.json.empty()) write_json(options.json, values, options.force);
  size_t width = 10;
  for (const auto& [name, value] : values)
    width = std::max(width, name.size());
  for (const auto& [name, value] : values)
    fmt::print("{:<{}} {:.4f}\n", name, width, value);
}

}  // namespace spout
