#include "spout/app/training/held_out.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "spout/sparse/base/random.h"

namespace spout {

int64_t num_held_out(int64_t rows) {
  constexpr int64_t kOneOf = 20;
  constexpr int64_t kFewest = 300;
  constexpr int64_t kMost = 16'384;
  return std::clamp<int64_t>(std::clamp(rows / kOneOf, kFewest, kMost), 0, rows / 2);
}

std::vector<std::vector<int64_t>> random_parts(const std::vector<int64_t>& rows, int64_t parts,
                                               uint64_t seed) {
  std::vector<int64_t> order = rows;
  shuffle(order, seed, RandomStream::kSplit, 0);
  std::vector<std::vector<int64_t>> result(static_cast<size_t>(parts));
  for (size_t i = 0; i < order.size(); ++i)
    result[i % static_cast<size_t>(parts)].push_back(order[i]);
  for (std::vector<int64_t>& part : result)
    std::sort(part.begin(), part.end());
  return result;
}

std::vector<Fold> hold_out(const std::vector<int64_t>& rows,
                           std::vector<std::vector<int64_t>> parts) {
  std::vector<Fold> folds;
  for (std::vector<int64_t>& part : parts) {
    Fold fold;
    std::set_difference(rows.begin(), rows.end(), part.begin(), part.end(),
                        std::back_inserter(fold.rows));
    fold.held_out = std::move(part);
    folds.push_back(std::move(fold));
  }
  return folds;
}

std::vector<int64_t> joined_rows(const std::vector<int64_t>& rows,
                                 const std::vector<int64_t>& held_out) {
  std::vector<int64_t> all = rows;
  all.insert(all.end(), held_out.begin(), held_out.end());
  std::sort(all.begin(), all.end());
  return all;
}

std::vector<int64_t> held_out_rows(const std::vector<int64_t>& rows, uint64_t seed) {
  const auto count = static_cast<int64_t>(rows.size());
  const int64_t parts = count / std::max<int64_t>(num_held_out(count), 1);
  return random_parts(rows, std::max<int64_t>(parts, 1), seed).front();
}

}  // namespace spout
