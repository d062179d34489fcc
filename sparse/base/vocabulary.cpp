#include "spout/sparse/base/vocabulary.h"

#include <algorithm>
#include <functional>

namespace spout {
namespace {

constexpr int64_t kFree = -1;
constexpr size_t kFirstSlots = 64;

}  // namespace

size_t Vocabulary::slot_of(std::string_view name) const {
  const size_t mask = slots_.size() - 1;
  size_t slot = std::hash<std::string_view>{}(name)&mask;
  while (slots_[slot] != kFree && this->name(slots_[slot]) != name)
    slot = (slot + 1) & mask;
  return slot;
}

void Vocabulary::grow() {
  slots_.assign(std::max(2 * slots_.size(), kFirstSlots), kFree);
  for (int64_t id = 0; id < size(); ++id)
    slots_[slot_of(name(id))] = id;
}

int64_t Vocabulary::add(std::string_view name) {
  if (2 * (names_.size() + 1) > slots_.size()) grow();
  int64_t& id = slots_[slot_of(name)];
  if (id == kFree) {
    id = size();
    names_.add(name);
  }
  return id;
}

int64_t Vocabulary::find(std::string_view name) const {
  return slots_.empty() ? kFree : slots_[slot_of(name)];
}

std::string_view Vocabulary::name(int64_t id) const {
  return names_[static_cast<size_t>(id)];
}

int64_t Vocabulary::size_bytes() const {
  return names_.size_bytes() + static_cast<int64_t>(slots_.capacity() * sizeof(int64_t));
}

}  // namespace spout
