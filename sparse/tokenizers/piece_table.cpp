#include "spout/sparse/tokenizers/piece_table.h"

#include <algorithm>
#include <functional>

namespace spout {
namespace {

constexpr size_t kFirstSlots = 64;
constexpr int kTagShift = 32;

uint64_t hash_of(std::string_view piece) {
  return std::hash<std::string_view>{}(piece);
}

}  // namespace

size_t PieceTable::slot_of(std::string_view piece, uint64_t hash) const {
  const size_t mask = slots_.size() - 1;
  const auto tag = static_cast<uint32_t>(hash >> kTagShift);
  size_t slot = hash & mask;
  while (slots_[slot].index >= 0 &&
         (slots_[slot].tag != tag || this->piece(slots_[slot].index) != piece)) {
    slot = (slot + 1) & mask;
  }
  return slot;
}

void PieceTable::grow() {
  slots_.assign(std::max(2 * slots_.size(), kFirstSlots), Slot());
  for (size_t i = 0; i < ids_.size(); ++i) {
    const uint64_t hash = hash_of(pieces_[i]);
    slots_[slot_of(pieces_[i], hash)] = {static_cast<uint32_t>(hash >> kTagShift),
                                         static_cast<int32_t>(i)};
  }
}

void PieceTable::set(std::string_view piece, int64_t id) {
  if (2 * (ids_.size() + 1) > slots_.size()) grow();
  const uint64_t hash = hash_of(piece);
  Slot& slot = slots_[slot_of(piece, hash)];
  end_ = std::max(end_, id + 1);
  if (slot.index >= 0) {
    ids_[static_cast<size_t>(slot.index)] = id;
    return;
  }
  slot = {static_cast<uint32_t>(hash >> kTagShift), static_cast<int32_t>(ids_.size())};
  pieces_.add(piece);
  ids_.push_back(id);
}

int64_t PieceTable::find(std::string_view piece) const {
  if (slots_.empty()) return -1;
  const Slot& slot = slots_[slot_of(piece, hash_of(piece))];
  return slot.index < 0 ? -1 : ids_[static_cast<size_t>(slot.index)];
}

}  // namespace spout
