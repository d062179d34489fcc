// spout predict: a run's predictions as a sparse matrix.
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>

#include "app/commands/command.h"
#include "app/layout_option.h"
#include "app/options/command_line.h"
#include "app/run_data.h"
#include "app/say.h"
#include "app/threshold.h"
#include "models/model.h"
#include "models/model_table.h"
#include "sparse/batch/loader.h"
#include "sparse/files/error.h"
#include "sparse/files/line_stream.h"
#include "sparse/files/prediction_text.h"
#include "sparse/files/predictions.h"
#include "sparse/layout/entries.h"

namespace spout {
namespace {

constexpr CommandHelp kHelp{
    "spout predict RUN --data DATA --output FILE [options]",
    "Writes the best labels of every row with their scores (logits, as the exported module gives\n"
    "them; of two-headed the values) as a sparse matrix [rows, labels]: FILE.npz for\n"
    "scipy.sparse.load_npz, FILE.pt for torch.load, FILE.txt for people (label:score, best "
    "first,\n"
    "by name where labels have names), - for that on standard output. Documents on standard input\n"
    "are then answered as their lines arrive.\n"
    "--threshold takes a number; auto: the best F1 on --calibrate DATA, else on the run's "
    "validation\n"
    "rows, else on its training rows; per-label: that for each label, from the first two; "
    "density:\n"
    "as many entries as in training; share:S: that share of all entries.",
    "  spout predict run --data test.txt.gz --output predictions.npz\n"
    "  spout predict run --data X.npz --output predictions.pt --threshold auto\n"
    "  echo 'a small text editor' | spout predict run --data - --output -"};

struct PredictOptions {
  std::string data;
  std::string output;
  std::string top_k;  // empty: 5, or none beside a threshold
  ThresholdOptions threshold;
  int64_t row_limit = DecodeOptions().row_limit;
  std::string layout = "csr";
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
      {{"data", &o.data, "DATA", "examples; their labels are not used"},
       {"exclude", &o.exclude, "DATA",
        "its labels, row by row (of users and items: user by user), are not predicted"},
       {"keep-seen", &o.keep_seen, "",
        "of users and items: a user's own items may be predicted as well"}}};
  for (Option& option : data_options(o.format))
    data.options.push_back(std::move(option));
  OptionGroup output{
      "output",
      {{"output", &o.output, "FILE", "ends in .npz, .pt or .txt; -: text on standard output"},
       {"top-k", &o.top_k, "K",
        "at most so many labels a row: 5 by default, none beside --threshold; 0: --row-limit"},
       {"row-limit", &o.row_limit, "N", "at most so many labels a row with --top-k 0"},
       layout_option(o.layout),
       {"support-scores", &o.support_scores, "",
        "of two-headed: the scores that chose the entries in place of their values"},
       {"force", &o.force, "", "overwrite FILE"}}};
  for (Option& option : threshold_options(o.threshold))
    output.options.push_back(std::move(option));
  OptionGroup run{"run", {{"batch-size", &o.batch_size, "B", "rows at a time"}}};
  for (Option& option : device_options(o.device))
    run.options.push_back(std::move(option));
  return {data, output, run};
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
    throw UserError("--top-k 0 needs a --threshold, or every score would be an entry");
  }
  if (options.row_limit < 1) {
    throw UserError(fmt::format("--row-limit: expected 1 or more, found {}", options.row_limit));
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
  const at::NoGradGuard no_grad;
  const PrecisionGuard precision(options.device.precision, device);
  DecodeReport report;
  CsrStack stack(model.output().labels().size());
  BatchLoader loader(data, all_rows(data.rows()), options.batch_size);
  while (auto loaded = loader.next()) {
    const Batch batch = to_device(std::move(*loaded), device);
    std::optional<Csr> seen_rows;
    if (data.seen.rows > 0) seen_rows = gather_rows(data.seen, batch.rows);
    const Prediction predicted =
        model.predict(batch.x, decode, seen_rows ? &*seen_rows : nullptr, &report);
    stack.append(options.support_scores ? predicted.scores : predicted.values);
  }
  if (report.cut_rows > 0) {
    say("{} rows have more than {} labels above the threshold: their best {} are kept; see "
        "--row-limit\n",
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

void write_output(const PredictOptions& options, const Csr& predicted, SparseLayout layout,
                  const Vocabulary& names) {
  if (options.output != kStandardOutput) {
    write_predictions(options.output, predicted, layout, options.force, names);
    return;
  }
  print_rows(predicted, names);
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Answers documents on standard input as their lines arrive.
void predict_arriving(const PredictOptions& options, const TrainedModel& trained,
                      const DecodeOptions& decode, c10::Device device) {
  LineStream stream(STDIN_FILENO, "standard input");
  int64_t rows = 0;
  std::vector<double> waits;  // seconds from a line's arrival to its answer
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

/// Settles what is not to be predicted: what rows of interactions hold themselves, and --exclude.
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
    fmt::print("{}", help_text(kHelp, list));
    return;
  }
  const std::vector<std::string> words = parse_command_line(list, 1, arguments);
  if (words.empty()) throw UserError("a run folder is needed; see --help");
  if (options.data.empty()) throw UserError("--data DATA is needed; see --help");
  if (options.output.empty()) throw UserError("--output FILE is needed; see --help");
  const bool to_file = options.output != kStandardOutput;
  if (to_file) check_prediction_file(options.output, options.force);
  const SparseLayout layout = parse_layout(options.layout);
  DecodeOptions decode = decode_options(options);

  const c10::Device device = set_up_device(options.device);
  const TrainedModel trained = load_trained_model(words.front(), device);
  if (to_file) check_layout_memory(options.output, layout, trained.shape.labels);
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
        rule, options.threshold, trained, data,
        {options.batch_size, device, options.device.precision, options.format, &data.seen}, decode);
  }
  const auto start = std::chrono::steady_clock::now();
  const Csr predicted = predict_all(*trained.model, data, decode, options, device);
  const double seconds = seconds_since(start);
  if (two_heads && !options.support_scores) {
    say("{}: holds values; to rank labels by the scores that chose them, predict with "
        "--support-scores\n",
        options.output);
  }
  write_output(options, predicted, layout, trained.schema.labels);
  fmt::print(to_file ? stdout : stderr, "{}: {} x {}, {} entries; {:.3f} ms a row\n",
             options.output, predicted.rows, predicted.cols, predicted.nnz(),
             1000.0 * seconds / static_cast<double>(std::max<int64_t>(predicted.rows, 1)));
}

}  // namespace spout
