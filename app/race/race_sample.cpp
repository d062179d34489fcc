#include "spout/app/race/race_sample.h"

#include <algorithm>
#include <utility>

#include "spout/sparse/base/random.h"
#include "spout/sparse/interactions/user_rows.h"
#include "spout/sparse/layout/commonest.h"
#include "spout/sparse/layout/entries.h"
#include "spout/sparse/metrics/propensity.h"

namespace spout {
namespace {

std::vector<int64_t> draw(std::vector<int64_t> rows, int64_t most, uint64_t seed) {
  return random_subset(std::move(rows), most, seed, RandomStream::kSplit, 2);
}

}  // namespace

RaceSample sample_examples(const Dataset& data, const std::vector<int64_t>& rows, int64_t most,
                           uint64_t seed) {
  const std::vector<int64_t> drawn = draw(rows, most, seed);
  RaceSample sample;
  sample.data.x = gather_rows(data.x, drawn);
  if (sample.data.x.is_sparse()) {
    sample.data.x.sparse = without_empty_columns(sample.data.x.sparse);
  }
  sample.data.y = without_empty_columns(gather_rows(data.y, drawn));
  const std::vector<int64_t> all = all_rows(sample.data.rows());
  std::vector<std::vector<int64_t>> parts = random_parts(all, kFolds, seed);
  if (std::ssize(all) >= kFewRows) parts.resize(1);
  sample.folds = hold_out(all, std::move(parts));
  return sample;
}

RaceSample sample_users(const Dataset& data, const std::vector<int64_t>& rows, int64_t most,
                        int64_t most_items, uint64_t seed) {
  constexpr int64_t kFewest = 300;
  Interactions drawn;
  const std::vector<int64_t> users = draw(rows, most, seed);
  const Csr items = gather_rows(data.y, users);
  drawn.matrix = commonest_columns(items, label_counts(items), most_items);
  for (const int64_t user : users)
    drawn.users.add(data.row_names.name(user));
  RaceSample sample;
  sample.data = interaction_dataset(std::move(drawn));
  const std::vector<int64_t> able = rows_with(sample.data.y, 2);
  const int64_t measured = std::max(std::ssize(able) / kFolds, kFewest);
  sample.valid = hold_out_entries(sample.data, kHeldOutItems, seed, draw(able, measured, seed));
  sample.folds.push_back({rows_with(sample.data.y, 1), all_rows(sample.valid->rows())});
  return sample;
}

}  // namespace spout
