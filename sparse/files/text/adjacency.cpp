#include "spout/sparse/files/text/adjacency.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>
#include <unordered_set>
#include <vector>

#include <fmt/format.h>

#include "spout/sparse/base/error.h"
#include "spout/sparse/base/numbers.h"
#include "spout/sparse/files/io/text_writer.h"

namespace spout {

namespace {

// A file of small numbers is a list of items. One whose numbers are far beyond their count holds
// other things, such as times.
constexpr int64_t kMostPerItem = 1000;

void check_item_numbers(const std::string& path, const Csr& matrix) {
  const auto* col = matrix.col.const_data_ptr<int64_t>();
  const int64_t largest = matrix.nnz() == 0 ? 0 : *std::max_element(col, col + matrix.nnz());
  const int64_t enough = (largest + kMostPerItem - 1) / kMostPerItem;
  std::unordered_set<int64_t> items;
  for (int64_t i = 0; i < matrix.nnz() && std::ssize(items) < enough; ++i)
    items.insert(col[i]);
  if (matrix.nnz() == 0 || std::ssize(items) >= enough) return;
  throw ItemsBeyondReason(
      fmt::format("{}: expected items numbered from 0, found {} different ones up to {}", path,
                  items.size(), largest));
}

class AdjacencyReader {
 public:
  AdjacencyReader(LineReader& reader, const InteractionOptions& options)
      : reader_(reader), options_(options), builder_(options, reader.path()) {}

  Interactions read() {
    while (const auto line = reader_.next())
      take(*line);
    Interactions result = builder_.finish();
    const bool is_bounded = options_.items != nullptr || options_.item_names != nullptr;
    if (!is_bounded) check_item_numbers(reader_.path(), result.matrix);
    return result;
  }

 private:
  void take(std::string_view rest) {
    constexpr double kNoRating = std::numeric_limits<double>::quiet_NaN();
    const std::string_view name = take_word(rest);
    if (name.empty()) return;
    const int64_t user = builder_.user(user_name(name), reader_.line());
    for (auto word = take_word(rest); !word.empty(); word = take_word(rest))
      builder_.add(user, item(word), kNoRating, builder_.next_time());
  }

  std::string_view user_name(std::string_view word) const {
    if (options_.user_names == nullptr) return word;
    return options_.user_names->name(number(word, "a user's number", options_.user_names->size()));
  }

  int64_t item(std::string_view word) {
    if (options_.item_names == nullptr) return number(word, "an item's number", kMaxDimension);
    const int64_t id = number(word, "an item's number", options_.item_names->size());
    return builder_.item(options_.item_names->name(id), reader_.line());
  }

  int64_t number(std::string_view word, const char* expected, int64_t bound) const {
    int64_t number = 0;
    if (parse_int(word, number) && number >= 0 && number < bound) return number;
    const std::string limit = bound < kMaxDimension ? fmt::format(" below {}", bound) : "";
    throw bad_line(reader_.path(), reader_.line(), expected + limit + ", found " + in_quotes(word));
  }

  LineReader& reader_;
  InteractionOptions options_;
  InteractionBuilder builder_;
};

}  // namespace

Interactions read_adjacency(LineReader& reader, const InteractionOptions& options) {
  if (options.needs_ratings) {
    throw NoRatings(reader.path() + ": has no ratings, since it is adjacency text");
  }
  return AdjacencyReader(reader, options).read();
}

void write_adjacency(const std::string& path, const Interactions& interactions,
                     const AdjacencyWriting& options) {
  TextWriter writer(path, options.overwrite);
  const Csr& matrix = interactions.matrix;
  const auto* crow = matrix.crow.const_data_ptr<int64_t>();
  std::vector<size_t> order;
  std::string line;
  for (int64_t row = 0; row < matrix.rows; ++row) {
    const auto items = matrix.row_columns(row);
    if (items.empty() && options.skips_empty) continue;
    line.clear();
    if (options.numbers_users) {
      append_number(line, row);
    } else {
      line += interactions.users.name(row);
    }
    const auto begin = static_cast<size_t>(crow[row]);
    order.resize(items.size());
    std::iota(order.begin(), order.end(), begin);
    std::sort(order.begin(), order.end(),
              [&](size_t a, size_t b) { return interactions.is_before(a, b); });
    for (const size_t i : order) {
      line += ' ';
      append_number(line, items[i - begin]);
    }
    line += '\n';
    writer.append(line);
  }
  writer.commit();
}

}  // namespace spout
