#include "spout/app/run/check_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "spout/app/data/data_name.h"
#include "spout/app/process/say.h"
#include "spout/app/run/model_choice.h"
#include "spout/app/run/svm_options.h"
#include "spout/losses/loss_table.h"
#include "spout/losses/optimizers/optimizer.h"
#include "spout/models/model_table.h"
#include "spout/sparse/metrics/metric.h"

namespace spout {
namespace {

/// Tells which options of a training are not at their defaults.
class GivenValues {
 public:
  explicit GivenValues(const TrainOptions& options) : options_(options) {}
  GivenValues(const GivenValues&) = delete;  // the lists point into the options
  GivenValues& operator=(const GivenValues&) = delete;

  bool have(std::string_view name) const { return differs(list_, usual_, name); }

 private:
  TrainOptions options_;
  TrainOptions defaults_;
  OptionList list_ = train_option_list(options_);
  OptionList usual_ = train_option_list(defaults_);
};

/// Refuses an option that is not at its default though nothing reads it.
///   by  what does not read it, for errors: "the loss bce"
void refuse_unread(const GivenValues& given, std::string_view option, const std::string& by) {
  if (given.have(option)) throw UserError(fmt::format("--{}: {} does not use it", option, by));
}

/// Refuses options that other entries of a table read and the one called `name` does not.
///   what  what the entry is, for errors: "loss" or "optimizer"
template <class Table>
void check_read(const GivenValues& given, const Table& table, const std::string& name,
                const std::string& what) {
  const auto& own = choose(table, what, name).parameter_names;
  for (const auto& entry : table) {
    for (const std::string_view option : entry.parameter_names) {
      if (std::find(own.begin(), own.end(), option) != own.end()) continue;
      refuse_unread(given, option, fmt::format("the {} {}", what, name));
    }
  }
}

void check_loss_parameters(const TrainOptions& o, const GivenValues& given) {
  check_read(given, loss_table(), o.loss, "loss");
  const double gamma = o.loss_parameters.gamma_negative;
  if (gamma > 0.0 && gamma < 1.0) {
    throw UserError(fmt::format("--gamma-negative: expected 0 or at least 1, found {}", gamma));
  }
}

void check_label_options(const TrainOptions& o, const GivenValues& given) {
  if (!find_loss(o.loss).samples) {
    for (const char* option : {"sampled-labels", "sampling-power"})
      refuse_unread(given, option, "the loss " + o.loss);
  } else if (!find_model(o.model).has_hidden_layers) {
    throw UserError(fmt::format(
        "--loss {}: the model {} scores all labels whatever is drawn; use --loss softmax", o.loss,
        o.model));
  }
}

void check_value_options(const TrainOptions& o, const GivenValues& given) {
  const bool has_head = find_model(o.model).has_value_head;
  const std::string& loss = o.model_options.value.name;
  const std::string model = "the model " + o.model;
  if (!has_head) {
    for (const char* option : {"value-loss", "value-weight"})
      refuse_unread(given, option, model);
  }
  if (!has_head || loss != "huber") {
    refuse_unread(given, "huber-delta", has_head ? "the value loss " + loss : model);
  }
}

/// Refuses files that are taken for an encoder by mistake.
void check_encoder_file(const std::filesystem::path& file) {
  const std::string ending = file.extension().string();
  const bool is_part = ending == ".safetensors" || ending == ".json" || ending == ".bin";
  if (std::filesystem::is_directory(file)) return;
  if (is_part) {
    throw UserError(fmt::format(
        "--encoder {}: expected the folder of a pretrained text model, found one of its files; its "
        "folder is {}",
        file.string(), file.has_parent_path() ? file.parent_path().string() : "."));
  }
  if (ending == ".txt" || ending == ".vec" || ending == ".npy") {
    throw UserError(
        fmt::format("--encoder {}: vectors of tokens are given by --vectors", file.string()));
  }
}

void check_encoder_path(const TrainOptions& o) {
  const std::string file = model_options_of(o).module.file;
  if (file.empty()) return;
  if (!std::filesystem::exists(file)) {
    throw UserError(fmt::format(
        "--encoder {}: expected a TorchScript file or the folder of a pretrained text model, found "
        "nothing of that name",
        file));
  }
  check_encoder_file(file);
  if (find_model(o.model).fits_hidden && !std::filesystem::is_directory(file)) {
    throw UserError(
        fmt::format("--encoder {}: the model {} takes the folder of a pretrained model, not a file",
                    file, o.model));
  }
}

void check_validation(const TrainOptions& o) {
  if (!o.valid_input.empty() && o.valid.empty()) {
    throw UserError("--valid-input needs --valid DATA");
  }
  if (!o.valid.empty() && o.valid_share > 0.0) {
    throw UserError("--valid and --valid-share exclude each other");
  }
  if (o.patience > 0 && o.valid.empty() && o.valid_share == 0.0) {
    throw UserError("--patience needs --valid DATA or --valid-share SHARE");
  }
}

void check_length(const TrainOptions& o, const GivenValues& given) {
  if (finds_length(o)) {
    if (o.patience == 0) return;
    throw UserError(
        "--patience: counts epochs of a given number of --epochs; --epochs auto stops by itself");
  }
  const bool fits = find_model(o.model).fit != nullptr;
  for (const char* option : {"max-steps", "keep-held-out", "max-minutes"}) {
    if (!given.have(option) || (fits && option == std::string_view("max-minutes"))) continue;
    throw UserError(
        fmt::format("--{}: is for --epochs auto{}", option,
                    fits ? fmt::format(", but {} is fitted in one pass", o.model) : ""));
  }
}

}  // namespace

void check_train_options(const TrainOptions& o) {
  if (o.train.empty()) {
    throw UserError(
        o.resume && !o.output.empty()
            ? fmt::format("--resume: {} holds no run yet, so --train DATA is needed", o.output)
            : "--train DATA is needed; see spout train --help");
  }
  if (o.output.empty()) throw UserError("--output RUN is needed; see spout train --help");
  TrainOptions copy = o;
  check_values(train_option_list(copy));
  const GivenValues given(o);
  check_loss_parameters(o, given);
  check_label_options(o, given);
  check_value_options(o, given);
  check_read(given, optimizer_table(), o.optimizer, "optimizer");
  check_svm_options(o.model_options.svm);
  check_text_flags(o.data.text);
  asked_columns(o.data.columns);
  check_validation(o);
  check_length(o, given);
  check_encoder_path(o);
  refuse_pipe_named_twice({{"--train", o.train},
                           {"--valid", o.valid},
                           {"--valid-input", o.valid_input},
                           {"--vectors", o.vectors}});
  check_model_options(o);
  const ModelInfo& model = find_model(o.model);
  if (model.is_blend() && learns_values(o, model.learns_from == LearnsFrom::kUsersAndItems)) {
    throw UserError(
        fmt::format("--loss {}: the model {} adds scores that rank labels, and this is "
                    "a loss of values; try --model mlp",
                    o.loss, o.model));
  }
  const bool has_loss = model.fit == nullptr && !model.is_blend();
  if (o.metrics != "auto" && need_loss(parse_metrics(o.metrics)) && !has_loss) {
    throw UserError(fmt::format("--metrics loss: {} is not trained by one loss", o.model));
  }
}

void check_resumed_options(TrainOptions& begun, TrainOptions& now) {
  const OptionList before = train_option_list(begun);
  for (const OptionGroup& group : train_option_list(now)) {
    for (const Option& option : group.options) {
      const std::string was = option_text(*find_option(before, option.name));
      if (option.may_change || !option.is_saved || option_text(option) == was) continue;
      const std::string change =
          fmt::format("--{}: this run was begun with '{}'", option.name, was);
      if (!now.accept_changes) {
        throw UserError(
            fmt::format("{}; --accept-changes goes on with '{}'", change, option_text(option)));
      }
      say("{} and goes on with '{}'\n", change, option_text(option));
    }
  }
}

}  // namespace spout
