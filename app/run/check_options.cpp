#include "spout/app/run/check_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "spout/app/process/say.h"
#include "spout/app/run/model_choice.h"
#include "spout/app/run/svm_options.h"
#include "spout/losses/loss_table.h"
#include "spout/losses/optimizers/optimizer.h"
#include "spout/models/model_table.h"
#include "spout/sparse/metrics/metric.h"

namespace spout {
namespace {

/// Refuses options that other entries of a table read and the one called `name` does not.
///   what  what the entry is, for errors: "loss" or "optimizer"
template <class Table>
void check_read(const TrainOptions& o, const Table& table, const std::string& name,
                const std::string& what) {
  TrainOptions given = o;
  TrainOptions usual;
  const OptionList list = train_option_list(given);
  const OptionList defaults = train_option_list(usual);
  const auto& own = choose(table, what, name).parameter_names;
  for (const auto& entry : table) {
    for (const std::string_view option : entry.parameter_names) {
      const bool is_read = std::find(own.begin(), own.end(), option) != own.end();
      if (is_read || !differs(list, defaults, option)) continue;
      throw UserError(fmt::format("--{}: the {} {} does not use it", option, what, name));
    }
  }
}

void check_loss_parameters(const TrainOptions& o) {
  check_read(o, loss_table(), o.loss, "loss");
  const double gamma = o.loss_parameters.gamma_negative;
  if (gamma > 0.0 && gamma < 1.0) {
    throw UserError(fmt::format("--gamma-negative: expected 0 or at least 1, found {}", gamma));
  }
}

void check_label_options(const TrainOptions& o) {
  const LabelOptions defaults;
  if (find_loss(o.loss).samples) {
    if (find_model(o.model).has_hidden_layers) return;
    throw UserError(fmt::format(
        "--loss {}: the model {} scores all labels whatever is drawn; use --loss softmax", o.loss,
        o.model));
  }
  for (const auto& [option, is_default] :
       {std::pair{"sampled-labels", o.labels.sampled_labels == defaults.sampled_labels},
        {"sampling-power", o.labels.sampling_power == defaults.sampling_power}}) {
    if (!is_default) {
      throw UserError(fmt::format("--{}: the loss {} does not use it", option, o.loss));
    }
  }
}

void check_value_options(const TrainOptions& o) {
  const ValueLossOptions& value = o.model_options.value;
  const ValueLossOptions defaults;
  const auto check = [](const char* option, bool is_used, const std::string& by) {
    if (!is_used) throw UserError(fmt::format("--{}: {} does not use it", option, by));
  };
  const bool has_head = find_model(o.model).has_value_head;
  const std::string model = "the model " + o.model;
  check("value-loss", has_head || value.name == defaults.name, model);
  check("value-weight", has_head || value.weight == defaults.weight, model);
  check("huber-delta",
        value.huber_delta == defaults.huber_delta || (has_head && value.name == "huber"),
        has_head ? "the value loss " + value.name : model);
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

}  // namespace

void check_train_options(const TrainOptions& o) {
  if (o.train.empty()) throw UserError("--train DATA is needed; see spout train --help");
  if (o.output.empty()) throw UserError("--output RUN is needed; see spout train --help");
  TrainOptions given = o;
  check_values(train_option_list(given));
  check_loss_parameters(o);
  check_label_options(o);
  check_value_options(o);
  check_read(o, optimizer_table(), o.optimizer, "optimizer");
  check_svm_options(o.model_options.svm);
  check_text_flags(o.data.text);
  check_validation(o);
  check_model_options(o);
  if (o.metrics != "auto") parse_metrics(o.metrics);
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
