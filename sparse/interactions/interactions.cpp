// Entries are sorted by user, item and time at the end; of the same user and item the last stands.
#include "sparse/interactions/interactions.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace spout {

InteractionBuilder::InteractionBuilder(const InteractionOptions& options) : options_(options) {
  if (options.items != nullptr) items_ = *options.items;
}

void InteractionBuilder::add(int64_t user, int64_t item, double rating, double time) {
  items_seen_ = std::max(items_seen_, item + 1);
  if (rating < options_.min_rating) {
    ++dropped_;
    return;
  }
  const bool has_value = options_.keeps_ratings && !std::isnan(rating);
  entries_.push_back({user, item, time, has_value ? static_cast<float>(rating) : 1.0F});
}

Interactions InteractionBuilder::finish() {
  std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.user, a.item, a.time) < std::tie(b.user, b.item, b.time);
  });
  Interactions result;
  const int64_t rows = users_.size();
  std::vector<int64_t> crow(static_cast<size_t>(rows) + 1, 0);
  std::vector<int64_t> col;
  std::vector<float> values;
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    const bool again = i + 1 < entries_.size() && entries_[i + 1].user == entry.user &&
                       entries_[i + 1].item == entry.item;
    if (again) {
      ++result.repeated;
      continue;
    }
    ++crow[static_cast<size_t>(entry.user) + 1];
    col.push_back(entry.item);
    values.push_back(entry.value);
    result.time.push_back(entry.time);
  }
  for (size_t row = 1; row < crow.size(); ++row)
    crow[row] += crow[row - 1];
  entries_ = {};
  const int64_t cols = std::max(items_.size(), items_seen_);
  result.matrix = make_csr(rows, cols, std::move(crow), std::move(col), std::move(values));
  result.users = std::move(users_);
  result.items = std::move(items_);
  result.dropped = dropped_;
  return result;
}

}  // namespace spout
