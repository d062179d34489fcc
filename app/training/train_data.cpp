#include "spout/app/training/train_data.h"

#include <ATen/ops/bincount.h>
#include <fmt/format.h>

#include <algorithm>

#include "spout/app/data/interaction_data.h"
#include "spout/app/data/known_users.h"
#include "spout/app/data/label_texts.h"
#include "spout/app/data/text_encoder.h"
#include "spout/app/process/say.h"
#include "spout/app/run/model_choice.h"
#include "spout/app/run/svm_choice.h"
#include "spout/app/training/held_out.h"
#include "spout/app/training/metric_choice.h"
#include "spout/models/model_table.h"
#include "spout/sparse/layout/entries.h"

namespace spout {
namespace {

/// Describes a data set in a line on stderr.
void describe(const char* what, const std::string& path, const Dataset& data, size_t rows) {
  const double labels_a_row = labels_per_row(data);
  if (!data.row_names.empty()) {
    say("{}: {} users of {}, {} items, {:.1f} items a user\n", what, rows, path, data.y.cols,
        labels_a_row);
  } else {
    say("{}: {} rows of {}, {} features, {} labels, {:.1f} labels a row\n", what, rows, path,
        data.x.cols(), data.y.cols, labels_a_row);
  }
}

void refuse_for_examples(const std::string& option, bool is_given) {
  if (!is_given) return;
  throw UserError(option + " is for users and items (--format adjacency or pairs)");
}

std::string models_of_interactions() {
  std::string names;
  for (const ModelInfo& info : model_table()) {
    if (!learns_from(info, true) || !reads(info, ModelShape{})) continue;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", info.name);
  }
  return names;
}

const char* usual_metrics(const TrainOptions& options, bool are_items) {
  const bool by_loss =
      learns_values(options, are_items) && find_model(options.model).fit == nullptr;
  if (by_loss) return "loss,MSE,nz-MSE";
  return are_items ? kUsualItemMetrics : kUsualMetrics;
}

void check_learnable(const TrainOptions& options, const Dataset& train) {
  if (train.rows() == 0 || train.y.cols == 0) {
    throw UserError(fmt::format("{}: nothing to learn: {} rows, {} labels", options.train,
                                train.rows(), train.y.cols));
  }
  if (train.y.nnz() == 0) {
    throw UserError(fmt::format("{}: nothing to learn: no row has a label", options.train));
  }
  if (train.x.cols() == 0) {
    throw UserError(fmt::format("{}: nothing to learn from: 0 features", options.train));
  }
}

/// Loads tokenizer and encoder; null if neither is asked for.
std::shared_ptr<TextEncoder> text_encoder_of(const TrainOptions& options) {
  const std::string& features = options.data.text.features;
  const std::string file = model_options_of(options).module.file;
  const bool has_folder = is_encoder_folder(file);
  if (!has_folder && (features == "encoder" || features == "both")) {
    throw UserError(fmt::format("--features {}: needs --encoder FOLDER", features));
  }
  if (!has_folder && options.data.text.tokenizer.empty()) return nullptr;
  const bool reads_rows = find_model(options.model).reads == Reads::kRows;
  if (!has_folder && reads_rows) {
    throw UserError(fmt::format("--tokenizer: the model {} reads words; models of tokens are {}",
                                options.model, models_of_tokens()));
  }
  if (features == "words") {
    throw UserError("--features words: leaves --encoder and --tokenizer without use");
  }
  if (features == "both" && !reads_rows) {
    throw UserError(
        fmt::format("--features both: the model {} reads one kind of features", options.model));
  }
  const bool makes_rows = has_folder && freezes_encoder(options);
  return std::make_shared<TextEncoder>(
      TextEncoderOptions{has_folder ? file : "", options.data.text.tokenizer,
                         options.data.text.max_length, makes_rows});
}

/// Sets where the rows of documents are computed and kept.
void set_up_encoder(TextEncoder* encoder, const TrainOptions& options, c10::Device device) {
  if (encoder == nullptr || !encoder->makes_rows()) return;
  encoder->compute_on(device, options.device.precision);
  std::string run = options.output;
  while (run.size() > 1 && run.ends_with('/'))
    run.pop_back();
  encoder->keep_rows_in(run + ".rows");
}

/// The options for reading training documents: the model decides between tf-idf and tokens, and the
/// vocabulary leaves out the words of validation rows.
DataOptions training_text(const TrainOptions& options, c10::Device device) {
  DataOptions reading = options.data;
  TextFlags& text = reading.text;
  text.held_back = options.valid_share;
  text.seed = static_cast<uint64_t>(options.seed);
  text.encoder = text_encoder_of(options);
  set_up_encoder(text.encoder.get(), options, device);
  if (text.features == "auto") text.features = features_by_default(options.model);
  const bool takes_rows = find_model(options.model).reads == Reads::kRows ||
                          (text.encoder != nullptr && text.encoder->makes_rows());
  const std::string input = takes_rows ? "tfidf" : "tokens";
  if (text.encoder != nullptr && text.input != "auto" && text.input != input) {
    throw UserError(fmt::format("--text-input {}: --encoder and --tokenizer make {} here",
                                text.input, takes_rows ? "rows of values" : "tokens"));
  }
  if (text.input == "auto") text.input = input;
  return reading;
}

/// Reads the texts of labels, adds the labels that only these name, and computes their rows.
void add_label_texts(const TrainOptions& options, TrainingSets& sets) {
  const auto& encoder = sets.schema.encoder;
  const bool takes_texts = encoder != nullptr && encoder->makes_rows() &&
                           (find_model(options.model).fits_hidden || options.model == "encoder");
  if (!takes_texts) {
    const bool asks_for_weight = options.model_options.prototypes.name_weight >= 0.0;
    if (options.label_text.empty() && !asks_for_weight) return;
    throw UserError(fmt::format(
        "--{}: needs documents, --encoder FOLDER, and --model prototypes or encoder with "
        "--freeze-encoder",
        asks_for_weight ? "name-weight" : "label-text"));
  }
  LabelTexts given;
  if (!options.label_text.empty()) given = read_label_texts(options.label_text);
  const TextList texts = texts_of_labels(options.label_text, given, sets.schema.labels);
  sets.train.y.cols = sets.schema.labels.size();
  sets.label_texts = rows_of_label_texts(*encoder, texts);
}

Dataset read_training_data(const TrainOptions& options, c10::Device device,
                           const TrainingStart* start, DataSchema& learned) {
  ExpectedShape shape{-1, -1, /*needs_labels=*/true};
  shape.to_train = true;
  shape.least.features = options.num_features;
  shape.least.labels = options.num_labels;
  if (start != nullptr) {
    shape.schema = &start->schema;
    shape.least.features = std::max(shape.least.features, start->widths.features);
    shape.least.items = start->widths.items;
    learned.users = start->schema.users;
    set_up_encoder(start->schema.encoder.get(), options, device);
  }
  return read_dataset(options.train, training_text(options, device), shape, &learned);
}

/// Widens the matrices to --num-features and --num-labels.
void widen(const TrainOptions& options, TrainingSets& sets) {
  const auto check = [&](const char* option, int64_t asked, int64_t found, bool can) {
    if (asked == 0) return;
    if (!can) throw UserError(fmt::format("--{}: {} says itself how many", option, options.train));
    if (asked >= found) return;
    throw UserError(fmt::format("--{} {}: {} has {}", option, asked, options.train, found));
  };
  const bool by_name = !sets.schema.text.empty() || sets.schema.has_interactions();
  Features& x = sets.train.x;
  check("num-features", options.num_features, x.cols(), x.is_sparse() && !by_name);
  check("num-labels", options.num_labels, sets.train.y.cols, !by_name);
  if (options.num_features > 0) x.sparse.cols = options.num_features;
  if (options.num_labels > 0) sets.train.y.cols = options.num_labels;
}

/// Sets the validation rows of examples: those of --valid, or a share of the training rows.
void choose_validation(const TrainOptions& options, TrainingSets& sets) {
  RowSplit split =
      split_rows(sets.train.rows(), options.valid_share, static_cast<uint64_t>(options.seed));
  sets.rows = std::move(split.kept);
  sets.valid_rows = std::move(split.held_back);
  if (options.valid.empty()) return;
  ExpectedShape shape{sets.train.x.cols(), sets.train.y.cols, /*needs_labels=*/true};
  if (!sets.schema.labels.empty()) shape.schema = &sets.schema;
  shape.measures = true;
  DataOptions reading = with_own_format(options.data, options.valid);
  reading.index_base_of_run = true;
  sets.valid = read_dataset(options.valid, reading, shape);
  sets.valid_rows = all_rows(sets.valid->rows());
}

/// Holds out a fifth of the items of some users, if any user has two items.
void hold_out_items(const TrainOptions& options, TrainingSets& sets) {
  const std::vector<int64_t> users = rows_with(sets.train.y, 2);
  if (users.empty()) return;
  const auto seed = static_cast<uint64_t>(options.seed);
  sets.whole = sets.train;
  sets.valid = hold_out_entries(sets.train, kHeldOutItems, seed, held_out_rows(users, seed));
}

/// Makes the inputs of users from the items that they are known to have.
void prepare_users(const TrainOptions& options, TrainingSets& sets) {
  const int64_t num_items = sets.train.y.cols;
  const auto prepare = [&](Dataset& data) {
    data.x.sparse = data.seen;
    data.x.sparse.values = data.seen.values.clone();  // scaled in place
    prepare_input(data, options.data.normalize, sets.schema.users, num_items);
  };
  prepare(sets.train);
  if (sets.valid) prepare(*sets.valid);
  if (sets.whole) prepare(*sets.whole);
}

/// Sets the validation data of users and items: entries of --valid, or a share of each user's.
void choose_validation_entries(const TrainOptions& options, TrainingSets& sets) {
  const int64_t num_items = sets.train.y.cols;
  if (options.valid_share > 0.0) {
    sets.valid =
        hold_out_entries(sets.train, options.valid_share, static_cast<uint64_t>(options.seed));
  } else if (options.valid.empty() && finds_length(options)) {
    hold_out_items(options, sets);
  } else if (!options.valid.empty()) {
    const auto read = [&](const std::string& path) {
      DataOptions reading = options.data;
      reading.ratings_of_run = reading.columns_of_run = true;
      if (!options.given.has("format")) reading.format = "auto";
      Interactions interactions = read_interactions(path, reading, {&sets.schema});
      say_unknown_items(path, interactions, sets.train.y.cols, "they count as missed");
      return interaction_dataset(std::move(interactions));
    };
    const Dataset target = read(options.valid);
    sets.valid = options.valid_input.empty() ? join_users(sets.train, target)
                                             : join_users(read(options.valid_input), target);
  }
  if (options.model_options.mf.user_vectors && sets.schema.users.empty()) {
    sets.schema.users = sets.train.row_names;
  }
  sets.schema.user_hashes = hash_users(sets.train.row_names);
  if (sets.valid) sets.valid_rows = all_rows(sets.valid->rows());
  const Csr& items = sets.whole ? sets.whole->y : sets.train.y;
  sets.schema.item_counts =
      at::bincount(items.col, {}, num_items).narrow(0, 0, num_items).contiguous();
  prepare_users(options, sets);
  sets.rows = rows_with(sets.train.y, 1);
}

}  // namespace

void settle_users(const TrainOptions& options, TrainingSets& sets) {
  if (!sets.schema.has_interactions()) return;
  if (sets.whole && !finds_length(options)) {
    sets.train = std::move(*sets.whole);
    sets.whole.reset();
    sets.valid.reset();
    sets.valid_rows.clear();
    sets.rows = rows_with(sets.train.y, 1);
  }
  prepare_users(options, sets);
}

const Dataset* TrainingSets::validation() const {
  if (valid_rows.empty()) return nullptr;
  return valid ? &*valid : &train;
}

TrainingData sizes_of(const TrainingSets& sets) {
  const Features& x = sets.train.x;
  const ModelShape shape{x.cols(), sets.train.y.cols, x.kind(), x.hidden_cols(), x.tokens.numbers};
  const FitSize size{shape, static_cast<int64_t>(sets.rows.size()), features_per_row(sets.train),
                     labels_per_row(sets.train)};
  const auto bytes_of = [](const std::optional<Dataset>& data) {
    return data ? size_bytes(*data) : 0;
  };
  return {size, x.is_sparse(), longest_row(x.tokens),
          size_bytes(sets.train) + bytes_of(sets.valid) + bytes_of(sets.whole) +
              size_bytes(sets.token_vectors)};
}

void read_initial_vectors(TrainOptions& options, TrainingSets& sets) {
  if (options.vectors.empty()) return;
  int64_t& width = options.model_options.token_width;
  sets.token_vectors = read_token_vectors(options.vectors, sets.schema, sets.train.x.tokens);
  const int64_t found = sets.token_vectors.rows.size(1);
  const bool is_asked_for = options.given.has("width") || width != ModelOptions().token_width;
  if (is_asked_for && width != found) {
    throw UserError(
        fmt::format("--width {}: the vectors of {} have {} values", width, options.vectors, found));
  }
  width = found;
}

TrainingSets read_training_sets(TrainOptions& options, c10::Device device,
                                const TrainingStart* start) {
  TrainingSets sets;
  if (!options.given.has("format")) {
    // The format may be that of other data, from a --config.
    options.data = with_own_format(options.data, options.train);
    const bool reads_text = is_encoder_folder(options.encoder) ||
                            !options.data.text.tokenizer.empty() || !options.vectors.empty();
    const bool is_text = parse_data_name(options.train).form == DataForm::kText;
    if (reads_text && is_text && options.data.format == "auto") {
      options.data.format = format_name(DataFormat::kText);
    }
  }
  sets.train = read_training_data(options, device, start, sets.schema);
  if (sets.schema.text.empty()) {
    refuse_text_flags(options.data.text, not_text(options.train, sets.schema.format));
  }
  if (is_encoder_folder(options.encoder) && sets.schema.text.empty()) {
    throw UserError("--encoder FOLDER " + not_text(options.train, sets.schema.format));
  }
  add_label_texts(options, sets);
  widen(options, sets);
  check_learnable(options, sets.train);
  settle_model_by_data(options, sets.train.x, sets.schema.has_interactions());
  settle_trees(options, sets.train);
  // The training rows decide format and scaling, for the validation file and options.json as well.
  options.data.normalize = resolved_normalization(options.data.normalize, sets.train.x);
  if (!sets.schema.format.empty()) options.data.format = sets.schema.format;
  if (options.metrics == "auto") {
    options.metrics = usual_metrics(options, sets.schema.has_interactions());
  }
  if (sets.schema.has_interactions()) {
    if (!learns_from(find_model(options.model), /*users_and_items=*/true)) {
      throw UserError(
          fmt::format("--model {} learns labels from features; for data of users and items there "
                      "are {}",
                      options.model, models_of_interactions()));
    }
    choose_validation_entries(options, sets);
  } else {
    refuse_for_examples("--valid-input", !options.valid_input.empty());
    refuse_for_examples("--user-vectors", options.model_options.mf.user_vectors);
    refuse_for_examples("--model " + options.model,
                        !learns_from(find_model(options.model), /*users_and_items=*/false));
    choose_validation(options, sets);
  }
  if (sets.schema.encoder != nullptr) sets.schema.encoder->release();
  if (!sets.schema.text.empty()) {
    say("text: {}\n", text_features_line(sets.schema));
  }
  describe("training", options.train, sets.train, sets.rows.size());
  if (sets.valid && sets.valid->rows() == 0) {
    throw UserError(fmt::format("{}: expected validation rows, found none",
                                options.valid.empty() ? options.train : options.valid));
  }
  if (const Dataset* valid = sets.validation()) {
    describe("validation", options.valid.empty() ? options.train : options.valid, *valid,
             sets.valid_rows.size());
  }
  return sets;
}

}  // namespace spout
