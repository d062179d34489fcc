// spout predict: writes a run's predictions as a sparse matrix.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "spout/app/commands/command.h"
#include "spout/app/data/layout_option.h"
#include "spout/app/options/command_line.h"
#include "spout/app/process/say.h"
#include "spout/app/run/model_batches.h"
#include "spout/app/run/run_data.h"
#include "spout/app/run/threshold.h"
#include "spout/models/base/model.h"
#include "spout/models/model_table.h"
#include "spout/sparse/base/error.h"
#include "spout/sparse/files/io/line_stream.h"
#include "spout/sparse/files/predictions.h"
#include "spout/sparse/files/text/prediction_text.h"
#include "spout/sparse/layout/entries.h"

namespace spout {
namespace {

constexpr CommandHelp kHelp{
    "spout predict RUN --data DATA --output FILE [options]",
    "Writes the best labels of every row as a sparse matrix of scores [rows, labels]: FILE.npz "
    "for\n"
    "scipy.sparse.load_npz, FILE.pt for torch.load, or FILE.txt for people (a line per row of\n"
    "label:score, best first, with the names of labels if they have names). - writes that text to\n"
    "standard output; with --data - as well, documents are answered line by line as they arrive.\n"
    "Scores are those of forward() of the exported module: log-odds for bce; for svm 1 at p = 1\n"
    "and 0 at p = 1/e. The model two-headed has predicted values in their place.",
    "  spout predict run --data test.txt.gz --output predictions.npz\n"
    "  spout predict run --data X.npz --output predictions.pt --threshold auto\n"
    "  echo 'a small text editor' | spout predict run --data - --output -"};

struct PredictOptions {
  std::string data;
  std::string output;
  std::string top_k;  // empty: 5, or no limit if there is a threshold
  ThresholdOptions threshold;
  int64_t row_limit = DecodeOptions().row_limit;
  SparseLayout layout = SparseLayout::kCsr;
  std::string exclude;
  bool keep_seen = false;
  bool support_scores = false;
  int64_t batch_size = 256;
  bool force = false;
  DataOptions format;
  DeviceOptions device;
};

OptionList describe(PredictOptions& o) {
  OptionGroup data{
      "data",
      {Option{"data", &o.data, "DATA", "Examples to predict; their labels are not used."},
       Option{
           "exclude", &o.exclude, "DATA",
           "Labelled rows: their labels are not predicted for the same row; with users and items, "
           "their items are not predicted for the same user."},
       Option{"keep-seen", &o.keep_seen, "",
              "Users and items: predicts items that a user has in DATA as well."}}};
  data.add(data_options(o.format));
  OptionGroup output{
      "output",
      {Option{"output", &o.output, "FILE",
              "A file that ends in .npz, .pt or .txt, or - for text on standard output."},
       Option{"top-k", &o.top_k, "K",
              "Keeps the K best labels of a row [5]. 0, or --threshold without --top-k, keeps all "
              "above the threshold, at most --row-limit."},
       Option{"row-limit", &o.row_limit, "N", "Most labels kept per row if --top-k sets no limit."}
           .at_least(1),
       layout_option(o.layout),
       Option{"support-scores", &o.support_scores, "",
              "two-headed: writes the scores by which entries are chosen, not their values."},
       Option{"force", &o.force, "", "Overwrites FILE."}}};
  output.add(threshold_options(o.threshold));
  OptionGroup run{
      "run", {Option{"batch-size", &o.batch_size, "B", "Rows predicted at a time."}.in(1, 1e9)}};
  return {data, output, run.add(device_options(o.device))};
}

DecodeOptions decode_options(const PredictOptions& options) {
  const ThresholdRule rule = parse_threshold(options.threshold);
  DecodeOptions decode;
  const bool has_threshold = rule.kind != ThresholdRule::Kind::kNone;
  if (has_threshold) decode.top_k = 0;
  if (!options.top_k.empty()) set_option({"top-k", &decode.top_k, "", ""}, options.top_k);
  if (decode.top_k < 0) {
    throw UserError(fmt::format("--top-k: expected 0 or more, found {}", decode.top_k));
  }
  if (decode.top_k == 0 && !has_threshold) {
    throw UserError("--top-k 0 needs a --threshold, since else every score would be an entry");
  }
  if (decode.top_k > 0 && options.row_limit != DecodeOptions().row_limit) {
    throw UserError("--row-limit is for --top-k 0; any other --top-k is the limit itself");
  }
  decode.row_limit = options.row_limit;
  if (rule.kind == ThresholdRule::Kind::kNumber) {
    decode.threshold = static_cast<float>(rule.number);
  }
  return decode;
}

Csr predict_all(Model& model, const Dataset& data, const DecodeOptions& decode,
                const PredictOptions& options, c10::Device device) {
  DecodeReport report;
  CsrStack stack(model.output().labels().size());
  for_each_batch(data, all_rows(data.rows()), data.seen,
                 {options.batch_size, device, options.device.precision},
                 [&](const Batch& batch, const Csr* seen) {
                   const Prediction predicted = model.predict(batch.x, decode, seen, &report);
                   stack.append(options.support_scores ? predicted.scores : predicted.values);
                 });
  if (report.cut_rows > 0) {
    say("{} rows have more than {} labels above the threshold; their best {} are kept "
        "(--row-limit)\n",
        report.cut_rows, decode.row_limit, decode.row_limit);
  }
  return stack.finish();
}

constexpr const char* kStandardOutput = "-";

void print_rows(const Csr& predicted, const Vocabulary& names) {
  std::string text;
  for (int64_t row = 0; row < predicted.rows; ++row)
    append_prediction_line(text, predicted, row, names);
  fmt::print("{}", text);
}

void write_output(const PredictOptions& options, const Csr& predicted, const Vocabulary& names) {
  if (options.output != kStandardOutput) {
    write_predictions(options.output, predicted, options.layout, options.force, names);
    return;
  }
  print_rows(predicted, names);
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Predicts documents on standard input as their lines arrive.
void predict_arriving(const PredictOptions& options, const TrainedModel& trained,
                      const DecodeOptions& decode, c10::Device device) {
  LineStream stream(STDIN_FILENO, "standard input");
  int64_t rows = 0;
  std::vector<double> waits;  // in seconds, from the arrival of lines to their predictions
  while (const auto lines = stream.next(options.batch_size)) {
    const auto start = std::chrono::steady_clock::now();
    LineReader reader("standard input", *lines, rows + 1);
    const Dataset data = read_dataset(reader, trained.format_of(options.format),
                                      trained.expected(/*needs_labels=*/false));
    print_rows(predict_all(*trained.model, data, decode, options, device), trained.schema.labels);
    std::fflush(stdout);
    rows += data.rows();
    waits.push_back(seconds_since(start));
  }
  if (waits.empty()) throw FileError("standard input: expected documents, found nothing");
  std::nth_element(waits.begin(), waits.begin() + static_cast<ptrdiff_t>(waits.size() / 2),
                   waits.end());
  say("-: {} rows; answers took {:.1f} ms (median of {})\n", rows, 1000.0 * waits[waits.size() / 2],
      waits.size());
}

/// Sets the entries that must not be predicted: a user's own items, and those of --exclude.
void settle_seen(const PredictOptions& options, const TrainedModel& trained, Dataset& data) {
  if (options.keep_seen && !trained.schema.has_interactions()) {
    throw UserError("--keep-seen is for models of users and items");
  }
  if (options.keep_seen) data.seen = {};
  if (options.exclude.empty()) return;
  const Csr excluded = read_excluded(trained, options.exclude, options.format, data);
  data.seen = data.seen.rows > 0 ? unite(data.seen, excluded) : excluded;
}

}  // namespace

void run_predict(const std::vector<std::string>& arguments) {
  PredictOptions options;
  const OptionList list = describe(options);
  if (wants_help(arguments)) {
    fmt::print("{}{}", help_text(kHelp, list), formats_help());
    return;
  }
  const std::vector<std::string> words = parse_command_line(list, 1, arguments).words;
  check_values(list);
  if (words.empty()) throw UserError("a run folder is needed; see spout predict --help");
  if (options.data.empty()) throw UserError("--data DATA is needed; see spout predict --help");
  if (options.output.empty()) throw UserError("--output FILE is needed; see spout predict --help");
  const bool to_file = options.output != kStandardOutput;
  if (to_file) check_prediction_file(options.output, options.force);
  DecodeOptions decode = decode_options(options);

  const c10::Device device = set_up_device(options.device);
  const TrainedModel trained = load_trained_model(words.front(), device);
  if (to_file) check_layout_memory(options.output, options.layout, trained.shape.labels);
  const bool two_heads = find_model(trained.options.model).has_value_head;
  if (options.support_scores && !two_heads) {
    throw UserError(
        fmt::format("--support-scores: the model {} has one head, whose scores are its "
                    "values",
                    trained.options.model));
  }
  keep_large_blocks();
  const ThresholdRule rule = parse_threshold(options.threshold);
  const bool arriving = options.data == "-" && !to_file && !trained.schema.text.empty() &&
                        !rule.is_searched() && options.exclude.empty() && !options.keep_seen;
  if (arriving) return predict_arriving(options, trained, decode, device);
  Dataset data = read_dataset(options.data, trained.format_of(options.format),
                              trained.expected(/*needs_labels=*/false));
  settle_seen(options, trained, data);
  if (rule.is_searched()) {
    decode = find_threshold(
        rule, options.threshold,
        {trained, data, {options.batch_size, device, options.device.precision}, options.format},
        decode);
  }
  const auto start = std::chrono::steady_clock::now();
  const Csr predicted = predict_all(*trained.model, data, decode, options, device);
  const double seconds = seconds_since(start);
  if (two_heads && !options.support_scores) {
    say("{}: holds values; --support-scores writes the scores by which labels are ranked\n",
        options.output);
  }
  write_output(options, predicted, trained.schema.labels);
  fmt::print(to_file ? stdout : stderr, "{}: {} x {}, {} entries; {:.3f} ms a row\n",
             options.output, predicted.rows, predicted.cols, predicted.nnz(),
             1000.0 * seconds / static_cast<double>(std::max<int64_t>(predicted.rows, 1)));
}

}  // namespace spout
