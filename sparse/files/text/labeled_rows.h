// Parses the rows that XMLRepository and multi-label libsvm text share: `l1,l2 f:v f:v`. It is
// strict on counts, ranges and numbers; lenient on order, tabs, several blanks and empty labels.
// Everything goes straight into the arrays of the result; no row is kept as text.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "spout/sparse/base/error.h"
#include "spout/sparse/base/growing_array.h"
#include "spout/sparse/layout/csr.h"
#include "spout/sparse/layout/row_order.h"

namespace spout {

/// Examples read from one text file.
struct TextData {
  Csr x;                         // [n, D] features
  Csr y;                         // [n, L] labels, all values 1
  int64_t duplicate_labels = 0;  // labels named twice in a row; each is kept once
};

/// Receives blocks of rows while a file is read, so that memory need not hold all rows.
using RowSink = std::function<void(const TextData& block)>;

/// The indices that a row may name. The defaults are for files without a header.
struct RowLimits {
  int64_t num_features = kMaxDimension;
  int64_t num_labels = kMaxDimension;
  int64_t first_feature = 0;     // the number that the text gives to feature 0
  const char* item = "feature";  // what errors call a feature
};

/// Thrown for a feature 0 in a file whose features count from 1.
class FeatureBelowBase : public FileError {
 public:
  using FileError::FileError;
};

class LabeledRows {
 public:
  /// Starts without rows.
  ///   path  the file, for errors
  ///   sink  null, or receives the rows in blocks, each as wide as the indices named so far
  LabeledRows(std::string path, const RowLimits& limits, RowSink sink = nullptr);

  /// Adds the row in `line`. If that begins with a blank or a word with ':', it has no labels.
  ///   number  of the line, for errors      throws FileError "path:line: expected ..., found ..."
  void add(std::string_view line, int64_t number);

  /// Adds a row that has no labels and begins with its first feature.
  void add_features(std::string_view line, int64_t number);

  int64_t rows() const { return rows_given_ + x_crow_.ssize() - 1; }

  /// One above the largest feature and label so far; 0 without any.
  int64_t features_seen() const { return features_seen_; }
  int64_t labels_seen() const { return labels_seen_; }

  /// Returns the rows as matrices [rows, num_features] and [rows, num_labels]. If there is a sink,
  /// it receives the last rows, and these matrices have none.
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
  int64_t rows_given_ = 0;  // rows given to the sink
  int64_t number_ = 0;      // of the current line
  int64_t features_seen_ = 0;
  int64_t labels_seen_ = 0;
  int64_t duplicate_labels_ = 0;
  GrowingArray<int64_t> x_crow_, x_col_, y_crow_, y_col_;
  GrowingArray<float> x_values_;
  RowScratch scratch_;
};

}  // namespace spout
