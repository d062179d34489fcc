// A vocabulary maps names (labels, users, items, words of text) to numbers and back. Names are
// found by open addressing, so that millions of them cost little more than their characters.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "spout/sparse/base/text_list.h"

namespace spout {

class Vocabulary {
 public:
  /// Returns the number of a name, adding the name if it is new. Numbers count from 0 in order of
  /// first use.
  int64_t add(std::string_view name);

  /// Returns the number of a name, or -1 if it is unknown.
  int64_t find(std::string_view name) const;

  /// Returns the name of number `id` in [0, size()), valid until the next add().
  std::string_view name(int64_t id) const;

  int64_t size() const { return static_cast<int64_t>(names_.size()); }
  bool empty() const { return names_.empty(); }

  /// The memory in use, in bytes.
  int64_t size_bytes() const;

 private:
  /// Returns the slot that holds the name, or the free slot where it belongs.
  size_t slot_of(std::string_view name) const;
  void grow();

  TextList names_;              // by id
  std::vector<int64_t> slots_;  // ids, or -1 where free; their count is a power of two
};

}  // namespace spout
