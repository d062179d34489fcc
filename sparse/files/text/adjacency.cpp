#include "spout/sparse/files/text/adjacency.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

#include "spout/sparse/base/error.h"
#include "spout/sparse/base/numbers.h"
#include "spout/sparse/files/io/text_writer.h"

namespace spout {

Interactions read_adjacency(LineReader& reader, const InteractionOptions& options) {
  constexpr double kNoRating = std::numeric_limits<double>::quiet_NaN();
  InteractionBuilder builder(options);
  while (const auto line = reader.next()) {
    std::string_view rest = *line;
    const std::string_view name = take_word(rest);
    if (name.empty()) continue;
    const int64_t user = builder.user(name);
    for (auto word = take_word(rest); !word.empty(); word = take_word(rest)) {
      int64_t item = 0;
      if (!parse_int(word, item) || item < 0 || item >= kMaxDimension) {
        throw bad_line(reader.path(), reader.line(), "an item's number, found " + in_quotes(word));
      }
      builder.add(user, item, kNoRating, builder.next_time());
    }
  }
  return builder.finish();
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
    const double* time = interactions.time.data() + crow[row];
    order.resize(items.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return time[a] < time[b]; });
    for (const size_t i : order) {
      line += ' ';
      append_number(line, items[i]);
    }
    line += '\n';
    writer.append(line);
  }
  writer.commit();
}

}  // namespace spout
