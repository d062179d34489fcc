// Ids of tokens by their text: open addressing over texts in one block of memory. A slot keeps a
// part of the hash, so that a search for what is not there seldom compares letters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "spout/sparse/base/text_list.h"

namespace spout {

class PieceTable {
 public:
  /// Sets the id of a piece; a later one replaces an earlier one.
  void set(std::string_view piece, int64_t id);

  /// The id of a piece, or -1.
  int64_t find(std::string_view piece) const;

  /// The number of different pieces.
  int64_t size() const { return static_cast<int64_t>(ids_.size()); }

  /// The largest id + 1.
  int64_t end() const { return end_; }

  std::string_view piece(int64_t index) const { return pieces_[static_cast<size_t>(index)]; }
  int64_t id(int64_t index) const { return ids_[static_cast<size_t>(index)]; }

 private:
  struct Slot {
    uint32_t tag = 0;
    int32_t index = -1;  // of pieces_; -1: free
  };

  size_t slot_of(std::string_view piece, uint64_t hash) const;
  void grow();

  TextList pieces_;
  std::vector<int64_t> ids_;
  std::vector<Slot> slots_;
  int64_t end_ = 0;
};

}  // namespace spout
