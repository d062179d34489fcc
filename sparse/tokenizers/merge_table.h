// The merges of byte-pair encoding, by the ids of both parts, and the joining of a piece by them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace spout {

class MergeTable {
 public:
  struct Merge {
    int64_t rank;  // -1: there is no such merge
    int64_t id;    // of the joined token
  };

  /// Adds a merge of tokens with ids below 2^31; a later one replaces an earlier one.
  void set(int64_t left, int64_t right, Merge merge);

  Merge find(int64_t left, int64_t right) const {
    if (slots_.empty()) return {-1, -1};
    const uint64_t key = key_of(left, right);
    for (size_t slot = slot_of(key);; slot = (slot + 1) & mask_) {
      if (slots_[slot].key == key) return {slots_[slot].rank, slots_[slot].id};
      if (slots_[slot].key == kFree) return {-1, -1};
    }
  }

  /// Joins neighbours in `symbols` by falling priority, from left to right among equals.
  void join(std::vector<int64_t>& symbols) const;

 private:
  static constexpr uint64_t kFree = ~uint64_t{0};

  struct Slot {
    uint64_t key = kFree;
    int32_t rank = 0;
    int32_t id = 0;
  };

  static uint64_t key_of(int64_t left, int64_t right) {
    return static_cast<uint64_t>(left) << 32 | static_cast<uint64_t>(right);
  }
  size_t slot_of(uint64_t key) const {
    return ((key ^ key >> 32) * 0x9E3779B97F4A7C15ULL >> 24) & mask_;
  }
  void grow();

  std::vector<Slot> slots_;
  size_t mask_ = 0;
  size_t size_ = 0;
};

}  // namespace spout
