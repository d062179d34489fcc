#include "spout/sparse/interactions/split.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "spout/sparse/base/random.h"
#include "spout/sparse/batch/dataset.h"
#include "spout/sparse/layout/entries.h"

namespace spout {
namespace {

std::span<const int64_t> row_starts(const Csr& matrix) {
  return {matrix.crow.const_data_ptr<int64_t>(), static_cast<size_t>(matrix.rows) + 1};
}

Interactions take(const Interactions& all, const std::vector<bool>& chosen, bool taken) {
  Interactions part;
  part.matrix = take_entries(all.matrix, chosen, taken);
  for (size_t i = 0; i < chosen.size(); ++i) {
    if (chosen[i] != taken) continue;
    part.time.push_back(all.time[i]);
    part.place.push_back(all.place[i]);
  }
  part.users = all.users;
  part.items = all.items;
  return part;
}

}  // namespace

std::vector<bool> random_entries(const Csr& matrix, double share, uint64_t seed) {
  return random_entries(matrix, share, seed, all_rows(matrix.rows));
}

std::vector<bool> random_entries(const Csr& matrix, double share, uint64_t seed,
                                 const std::vector<int64_t>& rows) {
  std::vector<bool> chosen(static_cast<size_t>(matrix.nnz()), false);
  const auto starts = row_starts(matrix);
  std::vector<int64_t> entries;
  for (const int64_t row : rows) {
    const auto begin = starts[static_cast<size_t>(row)];
    const auto count = starts[static_cast<size_t>(row) + 1] - begin;
    if (count < 2) continue;
    entries.resize(static_cast<size_t>(count));
    std::iota(entries.begin(), entries.end(), begin);
    shuffle(entries, seed, RandomStream::kSplit, static_cast<uint64_t>(row));
    const auto wish = static_cast<int64_t>(std::llround(share * static_cast<double>(count)));
    entries.resize(static_cast<size_t>(std::clamp<int64_t>(wish, 1, count - 1)));
    for (const int64_t entry : entries)
      chosen[static_cast<size_t>(entry)] = true;
  }
  return chosen;
}

std::vector<bool> last_entries(const Interactions& interactions, int64_t count) {
  std::vector<bool> chosen(interactions.time.size(), false);
  const auto starts = row_starts(interactions.matrix);
  std::vector<size_t> entries;
  for (size_t row = 0; row + 1 < starts.size(); ++row) {
    const auto length = starts[row + 1] - starts[row];
    const int64_t taken = std::min(count, length - 1);
    if (taken < 1) continue;
    entries.resize(static_cast<size_t>(length));
    std::iota(entries.begin(), entries.end(), static_cast<size_t>(starts[row]));
    std::partial_sort(entries.begin(), entries.begin() + taken, entries.end(),
                      [&](size_t a, size_t b) { return interactions.is_before(b, a); });
    for (int64_t i = 0; i < taken; ++i)
      chosen[entries[static_cast<size_t>(i)]] = true;
  }
  return chosen;
}

std::vector<bool> entries_after(const Interactions& interactions, double time) {
  std::vector<bool> chosen(interactions.time.size(), false);
  for (size_t i = 0; i < chosen.size(); ++i)
    chosen[i] = interactions.time[i] > time;
  return chosen;
}

std::vector<bool> latest_entries(const Interactions& interactions, double share) {
  std::vector<size_t> entries(interactions.time.size());
  std::iota(entries.begin(), entries.end(), size_t{0});
  std::sort(entries.begin(), entries.end(),
            [&](size_t a, size_t b) { return interactions.is_before(b, a); });
  const auto count = static_cast<double>(entries.size());
  const auto wish = static_cast<size_t>(std::llround(share * count));
  std::vector<bool> chosen(entries.size(), false);
  for (size_t i = 0; i < std::min(wish, entries.size()); ++i)
    chosen[entries[i]] = true;
  return chosen;
}

Interactions with_at_least(const Interactions& all, int64_t least, int64_t& left_out) {
  std::vector<bool> chosen(all.time.size(), false);
  const auto starts = row_starts(all.matrix);
  std::vector<int64_t> rows;
  Interactions result;
  for (int64_t row = 0; row < all.matrix.rows; ++row) {
    const auto begin = starts[static_cast<size_t>(row)];
    const auto end = starts[static_cast<size_t>(row) + 1];
    if (end - begin < least) continue;
    std::fill(chosen.begin() + begin, chosen.begin() + end, true);
    rows.push_back(row);
    result.users.add(all.users.name(row));
  }
  left_out = all.matrix.rows - std::ssize(rows);
  Interactions part = take(all, chosen, true);
  part.matrix = gather_rows(part.matrix, rows);
  part.users = std::move(result.users);
  part.repeated = all.repeated;
  part.dropped = all.dropped;
  part.notes = all.notes;
  return part;
}

InteractionSplit split_random(const Interactions& all, double share, uint64_t seed) {
  const std::vector<bool> held = random_entries(all.matrix, share, seed);
  return {take(all, held, false), {}, take(all, held, true)};
}

InteractionSplit split_leave_last(const Interactions& all, int64_t count) {
  const std::vector<bool> held = last_entries(all, count);
  return {take(all, held, false), {}, take(all, held, true)};
}

InteractionSplit split_after(const Interactions& all, double time) {
  const std::vector<bool> held = entries_after(all, time);
  return {take(all, held, false), {}, take(all, held, true)};
}

InteractionSplit split_latest(const Interactions& all, double share) {
  const std::vector<bool> held = latest_entries(all, share);
  return {take(all, held, false), {}, take(all, held, true)};
}

InteractionSplit split_by_user(const Interactions& all, double share, uint64_t seed) {
  const RowSplit rows = split_rows(all.matrix.rows, share, seed);
  const auto starts = row_starts(all.matrix);
  std::vector<bool> of_test(all.time.size(), false);
  for (const int64_t row : rows.held_back) {
    const auto begin = starts[static_cast<size_t>(row)];
    const auto end = starts[static_cast<size_t>(row) + 1];
    if (end - begin < 2) continue;
    std::fill(of_test.begin() + begin, of_test.begin() + end, true);
  }
  const Interactions test = take(all, of_test, true);
  const std::vector<bool> target = random_entries(test.matrix, kTargetShare, seed);
  return {take(all, of_test, false), take(test, target, false), take(test, target, true)};
}

}  // namespace spout
