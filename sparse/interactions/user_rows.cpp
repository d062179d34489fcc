#include "spout/sparse/interactions/user_rows.h"

#include <algorithm>

#include "spout/sparse/interactions/split.h"
#include "spout/sparse/layout/csr_builder.h"
#include "spout/sparse/layout/entries.h"

namespace spout {
namespace {

/// Adds a feature for each of `users` behind the items: the row of user u gets a 1 in column L + u.
///   num_items  L
void add_user_features(Dataset& data, const Vocabulary& users, int64_t num_items) {
  CsrBuilder own;
  for (int64_t row = 0; row < data.x.sparse.rows; ++row) {
    const int64_t user = users.find(data.row_names.name(row));
    if (user >= 0) own.add(num_items + user, 1.0F);
    own.end_row();
  }
  data.x.sparse = unite(data.x.sparse, own.finish(num_items + users.size()));
}

}  // namespace

Dataset interaction_dataset(Interactions interactions) {
  Dataset data;
  data.y = std::move(interactions.matrix);
  data.x.sparse = data.y;
  data.x.sparse.values = data.y.values.clone();
  data.seen = data.y;
  data.row_names = std::move(interactions.users);
  return data;
}

Dataset hold_out_entries(Dataset& data, double share, uint64_t seed) {
  return hold_out_entries(data, share, seed, all_rows(data.rows()));
}

Dataset hold_out_entries(Dataset& data, double share, uint64_t seed,
                         const std::vector<int64_t>& rows) {
  const std::vector<bool> held = random_entries(data.y, share, seed, rows);
  Dataset rest;
  rest.y = take_entries(data.y, held, false);
  rest.x.sparse = rest.y;
  rest.x.sparse.values = rest.y.values.clone();
  rest.seen = rest.y;
  Dataset target;
  target.y = take_entries(data.y, held, true);
  target.x.sparse = target.y;
  target.row_names = data.row_names;
  rest.row_names = std::move(data.row_names);
  data = std::move(rest);
  return join_users(data, target);
}

Dataset join_users(const Dataset& known, const Dataset& target, int64_t* unknown) {
  std::vector<int64_t> target_rows;
  std::vector<int64_t> known_rows;
  Dataset joined;
  for (int64_t row = 0; row < target.y.rows; ++row) {
    if (target.y.row_columns(row).empty()) continue;
    const std::string_view name = target.row_names.name(row);
    target_rows.push_back(row);
    known_rows.push_back(known.row_names.find(name));
    joined.row_names.add(name);
    if (unknown != nullptr && known_rows.back() < 0) ++*unknown;
  }
  joined.x.sparse = rows_or_empty(known.x.sparse, known_rows);
  joined.y = gather_rows(target.y, target_rows);
  joined.y.cols = std::max(joined.y.cols, known.y.cols);
  joined.seen = rows_or_empty(known.seen, known_rows);
  return joined;
}

void prepare_input(Dataset& data, const std::string& normalize, const Vocabulary& users,
                   int64_t num_items) {
  data.x.sparse = keep_columns(data.x.sparse, num_items);
  data.seen = keep_columns(data.seen, num_items);
  data.y.cols = std::max(data.y.cols, num_items);
  if (normalize == "l2") l2_normalize_rows(data.x);
  if (!users.empty()) add_user_features(data, users, num_items);
}

}  // namespace spout
