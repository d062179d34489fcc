// The row parser makes one pass over the characters. Error texts are worked out only once something
// is wrong.
#include "spout/sparse/files/text/labeled_rows.h"

#include <ATen/ops/ones.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "spout/sparse/base/error.h"
#include "spout/sparse/base/numbers.h"

namespace spout {
namespace {

constexpr int64_t kBlockNumbers = 1 << 21;  // rows + labels + features of a block: about 24 MiB

}  // namespace

LabeledRows::LabeledRows(std::string path, const RowLimits& limits, RowSink sink)
    : path_(std::move(path)), limits_(limits), sink_(std::move(sink)) {
  begin_block();
}

void LabeledRows::begin_block() {
  x_crow_.push_back(0);
  y_crow_.push_back(0);
}

void LabeledRows::refuse(const std::string& expected) const {
  throw bad_line(path_, number_, expected);
}

void LabeledRows::add(std::string_view line, int64_t number) {
  number_ = number;
  line = without_trailing_blanks(line);
  if (!line.empty() && !is_blank(line.front())) {
    const size_t length = std::min(line.find_first_of(" \t"), line.size());
    const std::string_view word = line.substr(0, length);
    if (word.find(':') == std::string_view::npos) {
      add_labels(word);
      line.remove_prefix(length);
    } else if (word.find(',') != std::string_view::npos) {
      refuse(
          fmt::format("labels without values, found {} (real-valued targets come as a pair of "
                      "files X.npz,Y.npz)",
                      in_quotes(word)));
    }
  }
  add_features(line, number);
}

void LabeledRows::add_features(std::string_view line, int64_t number) {
  number_ = number;
  take_features(line.data(), line.data() + line.size());
  x_crow_.push_back(x_col_.ssize());
  y_crow_.push_back(y_col_.ssize());
  const bool is_full = x_crow_.ssize() + x_col_.ssize() + y_col_.ssize() >= kBlockNumbers;
  if (sink_ != nullptr && is_full) give_block();
}

void LabeledRows::add_labels(std::string_view word) {
  const size_t start = y_col_.size();
  while (!word.empty()) {
    const size_t comma = std::min(word.find(','), word.size());
    const std::string_view field = word.substr(0, comma);
    word.remove_prefix(std::min(comma + 1, word.size()));
    if (field.empty()) continue;
    int64_t label = 0;
    if (!parse_int(field, label)) refuse("a label (an integer), found " + in_quotes(field));
    if (label < 0) refuse(fmt::format("a label of 0 or more, found {}", label));
    if (label >= limits_.num_labels) {
      refuse(fmt::format("a label below {}, found {}", limits_.num_labels, label));
    }
    y_col_.push_back(label);
  }
  order_labels(start);
}

void LabeledRows::order_labels(size_t start) {
  const auto labels = y_col_.from(start);
  if (labels.empty()) return;
  if (!std::is_sorted(labels.begin(), labels.end())) std::sort(labels.begin(), labels.end());
  const auto kept = std::unique(labels.begin(), labels.end());
  duplicate_labels_ += labels.end() - kept;
  y_col_.truncate(start + static_cast<size_t>(kept - labels.begin()));
  labels_seen_ = std::max(labels_seen_, y_col_[y_col_.size() - 1] + 1);
}

void LabeledRows::take_features(const char* at, const char* end) {
  const size_t start = x_col_.size();
  int64_t previous = -1;
  bool ascending = true;
  for (;;) {
    while (at != end && is_blank(*at))
      ++at;
    if (at == end) break;
    const char* word = at;
    int64_t feature = 0;
    float value = 0;
    if (!take_int(at, end, feature) || at == end || *at != ':') refuse_feature(word, end);
    ++at;
    if (!take_float(at, end, value) || (at != end && !is_blank(*at))) refuse_feature(word, end);
    if (feature < limits_.first_feature) refuse_feature(word, end);
    feature -= limits_.first_feature;
    if (feature >= limits_.num_features) refuse_feature(word, end);
    ascending = ascending && feature > previous;
    previous = feature;
    x_col_.push_back(feature);
    x_values_.push_back(value);
  }
  if (!ascending) order_features(start);
  if (x_col_.size() > start) {
    features_seen_ = std::max(features_seen_, x_col_[x_col_.size() - 1] + 1);
  }
}

void LabeledRows::order_features(size_t start) {
  const auto features = x_col_.from(start);
  sort_row(features, x_values_.from(start), scratch_);
  const auto twin = std::adjacent_find(features.begin(), features.end());
  if (twin != features.end()) {
    refuse(fmt::format("each {} once in a row, found {} twice", limits_.item,
                       *twin + limits_.first_feature));
  }
}

void LabeledRows::refuse_feature(const char* word, const char* end) const {
  std::string_view rest(word, static_cast<size_t>(end - word));
  const std::string_view token = take_word(rest);
  const size_t colon = token.find(':');
  const char* item = limits_.item;
  int64_t feature = 0;
  if (colon == std::string_view::npos || !parse_int(token.substr(0, colon), feature)) {
    refuse(fmt::format("{}:value, found {}", item, in_quotes(token)));
  }
  if (feature < limits_.first_feature) {
    const FileError error =
        bad_line(path_, number_,
                 fmt::format("a {} of {} or more, found {}", item, limits_.first_feature, feature));
    if (feature == 0) throw FeatureBelowBase(error.what());
    throw error;
  }
  if (feature - limits_.first_feature >= limits_.num_features) {
    refuse(fmt::format("a {} below {}, found {}", item,
                       limits_.num_features + limits_.first_feature, feature));
  }
  refuse(fmt::format("a finite number as the value of {} {}, found {}", item, feature,
                     in_quotes(token.substr(colon + 1))));
}

void LabeledRows::give_block() {
  const int64_t num_rows = x_crow_.ssize() - 1;
  sink_(take_block(features_seen_, labels_seen_));
  rows_given_ += num_rows;
  begin_block();
}

TextData LabeledRows::take_block(int64_t num_features, int64_t num_labels) {
  const int64_t num_rows = x_crow_.ssize() - 1;
  const int64_t num_ones = y_col_.ssize();
  TextData data;
  data.x = {num_rows, num_features, x_crow_.release(), x_col_.release(), x_values_.release()};
  data.y = {num_rows, num_labels, y_crow_.release(), y_col_.release(),
            at::ones({num_ones}, at::kFloat)};
  data.duplicate_labels = duplicate_labels_;
  return data;
}

TextData LabeledRows::finish(int64_t num_features, int64_t num_labels) {
  if (sink_ != nullptr) give_block();
  return take_block(num_features, num_labels);
}

}  // namespace spout
