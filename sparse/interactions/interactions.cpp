// finish() sorts the entries by user, item and time, and keeps the last one of each user and item.
// Users are numbered without gaps, so a counting sort groups the entries by user.
#include "spout/sparse/interactions/interactions.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "spout/sparse/base/name.h"

namespace spout {

InteractionBuilder::InteractionBuilder(const InteractionOptions& options, std::string path)
    : options_(options), path_(std::move(path)) {
  const Vocabulary* items = options.items != nullptr ? options.items : options.item_names;
  if (items != nullptr) items_ = *items;
}

int64_t InteractionBuilder::user(std::string_view name, int64_t line) {
  return add_name(users_, name, path_, line);
}

int64_t InteractionBuilder::item(std::string_view name, int64_t line) {
  return add_name(items_, name, path_, line);
}

void InteractionBuilder::add(int64_t user, int64_t item, double rating, double time) {
  items_seen_ = std::max(items_seen_, item + 1);
  entry_user_.push_back(user);
  entry_item_.push_back(item);
  entry_time_.push_back(time);
  entry_rating_.push_back(static_cast<float>(rating));
}

std::vector<int64_t> InteractionBuilder::ordered_entries(std::vector<int64_t>& crow) {
  crow.assign(static_cast<size_t>(users_.size()) + 1, 0);
  for (size_t i = 0; i < entry_user_.size(); ++i)
    ++crow[static_cast<size_t>(entry_user_[i]) + 1];
  std::partial_sum(crow.begin(), crow.end(), crow.begin());
  std::vector<int64_t> order(entry_user_.size());
  std::vector<int64_t> next(crow.begin(), crow.end() - 1);
  for (size_t i = 0; i < entry_user_.size(); ++i) {
    int64_t& slot = next[static_cast<size_t>(entry_user_[i])];
    order[static_cast<size_t>(slot++)] = static_cast<int64_t>(i);
  }
  const auto key = [this](int64_t i) {
    return std::pair(entry_item_[static_cast<size_t>(i)], entry_time_[static_cast<size_t>(i)]);
  };
  for (size_t user = 0; user + 1 < crow.size(); ++user) {
    std::stable_sort(order.begin() + crow[user], order.begin() + crow[user + 1],
                     [&key](int64_t a, int64_t b) { return key(a) < key(b); });
  }
  return order;
}

Interactions InteractionBuilder::finish() {
  if (users_.empty()) throw FileError(path_ + ": expected users and items, found none");
  std::vector<int64_t> all;  // where each user's entries begin, repeated ones included
  const std::vector<int64_t> order = ordered_entries(all);
  Interactions result;
  const int64_t rows = users_.size();
  GrowingArray<int64_t> crow, col;
  GrowingArray<float> values;
  const auto min_rating = static_cast<float>(options_.min_rating);
  crow.push_back(0);
  for (size_t user = 0; user + 1 < all.size(); ++user) {
    for (int64_t i = all[user]; i < all[user + 1]; ++i) {
      const auto entry = static_cast<size_t>(order[static_cast<size_t>(i)]);
      const bool again =
          i + 1 < all[user + 1] &&
          entry_item_[static_cast<size_t>(order[static_cast<size_t>(i) + 1])] == entry_item_[entry];
      if (again) {
        ++result.repeated;
        continue;
      }
      const float rating = entry_rating_[entry];
      if (rating < min_rating) {
        ++result.dropped;
        continue;
      }
      col.push_back(entry_item_[entry]);
      values.push_back(options_.keeps_ratings && !std::isnan(rating) ? rating : 1.0F);
      push_back_tight(result.time, entry_time_[entry]);
      push_back_tight(result.place, static_cast<int64_t>(entry));
    }
    crow.push_back(col.ssize());
  }
  const int64_t cols = std::max(items_.size(), items_seen_);
  result.matrix = {rows, cols, crow.release(), col.release(), values.release()};
  result.users = std::move(users_);
  result.items = std::move(items_);
  return result;
}

}  // namespace spout
