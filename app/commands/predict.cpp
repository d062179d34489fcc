// spout predict: writes a run's predictions as a sparse matrix.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>

#include "spout/app/commands/command.h"
#include "spout/app/commands/predict_lines.h"
#include "spout/app/data/layout_option.h"
#include "spout/app/options/command_line.h"
#include "spout/app/process/say.h"
#include "spout/app/run/added_labels.h"
#include "spout/app/run/prediction.h"
#include "spout/app/run/run_data.h"
#include "spout/app/run/threshold.h"
#include "spout/losses/loss_table.h"
#include "spout/models/model_table.h"
#include "spout/sparse/base/error.h"
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
    "standard output; with --data - as well, each line is answered as it arrives (except pairs "
    "and\n"
    "CSV, of which a user has several lines). Users without an item that the run knows get the\n"
    "commonest items.\n"
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
  std::string label_text;   // texts of further labels
  std::string user;         // the only user to predict; empty: all
  bool user_names = false;  // lines of text begin with the user's name
  DataOptions format;
  DeviceOptions device;

  bool to_file() const { return output != "-"; }
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
              "Users and items: predicts items that a user has in DATA as well."},
       Option{"label-text", &o.label_text, "FILE",
              "Model prototypes: further labels and their texts, name<TAB>text or a name in each "
              "line, which are predicted like those of the run."},
       Option{"user", &o.user, "NAME",
              "Users and items: predicts for this user of DATA alone; without --data, for one of "
              "the run's training users."}}};
  data.add(data_options(o.format));
  OptionGroup output{
      "output",
      {Option{"output", &o.output, "FILE",
              "A file that ends in .npz, .pt or .txt, or - for text on standard output."},
       Option{"top-k", &o.top_k, "K",
              "Keeps the K best labels of a row [5; of two-headed all above its loss's threshold]. "
              "0, or --threshold without --top-k, keeps all above the threshold, at most "
              "--row-limit."},
       Option{"row-limit", &o.row_limit, "N", "Most labels kept per row if --top-k sets no limit."}
           .at_least(1),
       layout_option(o.layout),
       Option{"support-scores", &o.support_scores, "",
              "two-headed: writes the scores by which entries are chosen, not their values."},
       Option{"user-names", &o.user_names, "",
              "Users and items: begins each line of text with the user's name and a tab, for "
              "people; spout evaluate reads text without them."},
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
  decode.row_limit = options.row_limit;
  if (rule.kind == ThresholdRule::Kind::kNumber) {
    decode.threshold = static_cast<float>(rule.number);
  }
  return decode;
}

void check_row_limit(const PredictOptions& options, const DecodeOptions& decode) {
  if (decode.top_k == 0 || options.row_limit == DecodeOptions().row_limit) return;
  throw UserError("--row-limit is for --top-k 0; any other --top-k is the limit itself");
}

/// Lets a model of two heads choose how many entries a row has, unless the options do: those above
/// the threshold of its loss.
void settle_entries(PredictOptions& options, const TrainedModel& trained, DecodeOptions& decode) {
  const bool is_open = options.top_k.empty() && options.threshold.threshold.empty();
  const TrainOptions& run = trained.options;
  if (!is_open || !find_model(run.model).has_value_head) return;
  options.threshold.threshold = fmt::format("{}", find_loss(run.loss).threshold);
  decode = decode_options(options);
  say("threshold: {}, that of the loss {}; --threshold auto searches one, --top-k sets a number\n",
      options.threshold.threshold, run.loss);
}

void write_output(const PredictOptions& options, const Csr& predicted, const Vocabulary& names,
                  const Vocabulary* users) {
  if (!options.to_file()) {
    print_rows(predicted, names, users);
  } else if (users != nullptr) {
    write_prediction_text(options.output, predicted, options.force, names, users);
  } else {
    write_predictions(options.output, predicted, options.layout, options.force, names);
  }
}

/// Sets the entries that must not be predicted: a user's own items, and those of --exclude.
void settle_seen(const PredictOptions& options, const TrainedModel& trained, Dataset& data) {
  if (options.keep_seen) data.seen = {};
  if (options.exclude.empty()) return;
  const Csr excluded = read_excluded(trained, options.exclude, options.format, data);
  data.seen = data.seen.rows > 0 ? unite(data.seen, excluded) : excluded;
}

/// Keeps the row of one user.
void keep_user(const std::string& path, const std::string& user, Dataset& data) {
  const int64_t row = data.row_names.find(user);
  if (row < 0) throw UserError(fmt::format("--user: {} has no user '{}'", path, user));
  const std::vector<int64_t> rows{row};
  data.x = gather_rows(data.x, rows);
  data.y = gather_rows(data.y, rows);
  if (data.seen.rows > 0) data.seen = gather_rows(data.seen, rows);
  data.row_names = {};
  data.row_names.add(user);
}

void check_words(const PredictOptions& options, const std::vector<std::string>& words) {
  if (words.empty()) throw UserError("a run folder is needed; see spout predict --help");
  if (options.data.empty() && options.user.empty()) {
    throw UserError("--data DATA is needed; see spout predict --help");
  }
  if (options.output.empty()) throw UserError("--output FILE is needed; see spout predict --help");
  RunFolder(words.front()).check_has_run();
  if (options.user_names && options.to_file() && !is_text_name(options.output)) {
    throw UserError(
        fmt::format("--user-names: {} is no text, which alone has room for names", options.output));
  }
  if (options.to_file()) check_prediction_file(options.output, options.force);
  refuse_pipe_named_twice({{"--data", options.data},
                           {"--exclude", options.exclude},
                           {"--calibrate", options.threshold.calibrate}});
}

/// Refuses options that this run cannot serve.
void check_for_run(const PredictOptions& options, const TrainedModel& trained) {
  if (options.to_file()) {
    check_layout_memory(options.output, options.layout, trained.shape.labels);
  }
  if (options.support_scores && !find_model(trained.options.model).has_value_head) {
    throw UserError(
        fmt::format("--support-scores: the model {} has one head, whose scores are its "
                    "values",
                    trained.options.model));
  }
  if (trained.schema.has_interactions()) return;
  for (const auto& [option, is_given] :
       {std::pair("keep-seen", options.keep_seen), std::pair("user", !options.user.empty()),
        std::pair("user-names", options.user_names)}) {
    if (is_given) throw UserError(fmt::format("--{} is for models of users and items", option));
  }
}

/// Reads the rows to predict: DATA, or for --user alone the run's training data.
///   arrived  the text of standard input, if it has been read
Dataset read_rows(const PredictOptions& options, const TrainedModel& trained,
                  const std::optional<std::string>& arrived) {
  const ExpectedShape expected = trained.expected(/*needs_labels=*/false);
  if (arrived) {
    LineReader reader("standard input", *arrived, 1);
    return read_dataset(reader, trained.format_of(options.format), expected);
  }
  if (!options.data.empty()) {
    return read_dataset(options.data, trained.format_of(options.format), expected);
  }
  if (trained.options.train == "-") {
    throw UserError("--user: the run's training data came from a pipe, so --data is needed");
  }
  return read_dataset(trained.options.train, trained.own_format(), expected);
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
  check_words(options, words);
  PredictionOptions prediction;
  prediction.decode = decode_options(options);
  prediction.support_scores = options.support_scores;

  const c10::Device device = set_up_device(options.device);
  TrainedModel trained = load_trained_model(words.front(), device);
  if (!options.label_text.empty()) add_labels(trained, options.label_text);
  check_for_run(options, trained);
  keep_large_blocks();
  prediction.setting = {options.batch_size, device, options.device.precision};
  settle_entries(options, trained, prediction.decode);
  check_row_limit(options, prediction.decode);
  const ThresholdRule rule = parse_threshold(options.threshold);
  std::optional<std::string> arrived;
  if (options.data == "-" && !options.to_file() && !rule.is_searched() && options.exclude.empty() &&
      !options.keep_seen && options.user.empty()) {
    const DataOptions format = trained.format_of(options.format);
    if (const auto lines = arriving_lines(trained, format)) {
      arrived = predict_lines(trained, *lines, format, prediction, options.user_names);
      if (!arrived) return;
    }
  }
  Dataset data = read_rows(options, trained, arrived);
  settle_seen(options, trained, data);
  if (!options.user.empty()) {
    keep_user(options.data.empty() ? trained.options.train : options.data, options.user, data);
  }
  if (rule.is_searched()) {
    prediction.decode =
        find_threshold(rule, options.threshold, {trained, data, prediction.setting, options.format},
                       prediction.decode);
  }
  const auto start = std::chrono::steady_clock::now();
  const Csr predicted = predict_rows(trained, options.data, data, prediction);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (find_model(trained.options.model).has_value_head && !options.support_scores) {
    say("{}: holds values; --support-scores writes the scores by which labels are ranked\n",
        options.output);
  }
  write_output(options, predicted, trained.schema.labels,
               options.user_names ? &data.row_names : nullptr);
  fmt::print(options.to_file() ? stdout : stderr, "{}: {} x {}, {} entries; {:.3f} ms a row\n",
             options.output, predicted.rows, predicted.cols, predicted.nnz(),
             1000.0 * seconds / static_cast<double>(std::max<int64_t>(predicted.rows, 1)));
}

}  // namespace spout
