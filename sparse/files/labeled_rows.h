// The rows that XMLRepository and multi-label libsvm text share: `label,label feature:value ...`.
// Strict on counts, ranges and numbers; lenient on order, tabs, several blanks and blank label
// fields. Everything goes straight into the arrays of the result; no row is kept as text.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "sparse/files/row_order.h"
#include "sparse/layout/csr.h"
#include "sparse/layout/growing_array.h"

namespace spout {

/// Examples read from one text file.
struct TextData {
  Csr x;                         // [n, D] features
  Csr y;                         // [n, L] labels, all values 1
  int64_t duplicate_labels = 0;  // labels named twice in a row; each is kept once
};

/// Is given rows while a file is read, some at a time, where memory need not hold them all.
using RowSink = std::function<void(const TextData& block)>;

/// No file is believed to hold more rows or columns, so that sums of sizes cannot overflow.
inline constexpr int64_t kMaxDimension = int64_t{1} << 48;

/// What a row may name. Without a header nothing limits it.
struct RowLimits {
  int64_t num_features = kMaxDimension;
  int64_t num_labels = kMaxDimension;
  int64_t first_feature = 0;     // the number by which the text calls feature 0
  const char* item = "feature";  // what errors call it
};

class LabeledRows {
 public:
  /// Rows of `path` (the name in errors).
  ///   sink  null, or takes the rows over, in blocks as wide as what they have named so far
  LabeledRows(std::string path, const RowLimits& limits, RowSink sink = nullptr);

  /// Adds the row in `line`. A first word that is blank or holds ':' means a row without labels.
  ///   number  of the line, for errors      throws FileError "path:line: expected ..., found ..."
  void add(std::string_view line, int64_t number);

  /// Adds a row that has no labels and begins with its first feature.
  void add_features(std::string_view line, int64_t number);

  int64_t rows() const { return rows_given_ + x_crow_.ssize() - 1; }

  /// One above the largest feature and label so far; 0 without any.
  int64_t features_seen() const { return features_seen_; }
  int64_t labels_seen() const { return labels_seen_; }

  /// Hands over what was added as matrices [rows, num_features] and [rows, num_labels]. With a sink
  /// that has got them these have no rows.
  TextData finish(int64_t num_features, int64_t num_labels);

 private:
  void begin_block();
  TextData take_block(int64_t num_features, int64_t num_labels);
  void give_block();
  void add_labels(std::string_view word);
  void order_labels(size_t start);
  void take_features(const char* at, const char* end);
  void order_features(size_t start);
  [[noreturn]] void refuse(const std::string& expected) const;
  [[noreturn]] void refuse_feature(const char* word, const char* end) const;

  std::string path_;
  RowLimits limits_;
  RowSink sink_;
  int64_t rows_given_ = 0;  // to the sink
  int64_t number_ = 0;
  int64_t features_seen_ = 0;
  int64_t labels_seen_ = 0;
  int64_t duplicate_labels_ = 0;
  GrowingArray<int64_t> x_crow_, x_col_, y_crow_, y_col_;
  GrowingArray<float> x_values_;
  RowScratch scratch_;
};

}  // namespace spout
