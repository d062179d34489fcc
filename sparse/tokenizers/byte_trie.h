// A trie of byte strings. Its edges stand in one open hash table: a step from a node by a byte is
// one look-up, whatever the number of children.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace spout {

class ByteTrie {
 public:
  static constexpr int64_t kNoValue = -1;
  static constexpr uint32_t kNoNode = 0;  // no edge leads back to the root
  static constexpr uint32_t kRoot = 0;

  ByteTrie();

  /// Sets the value of a key; a later one replaces an earlier one.
  void set(std::string_view key, int64_t value);

  /// The child of a node, or kNoNode.
  uint32_t child(uint32_t node, unsigned char byte) const {
    const uint64_t key = key_of(node, byte);
    for (size_t slot = slot_of(key);; slot = (slot + 1) & mask_) {
      const uint64_t edge = edges_[slot];
      if (edge >> kChildBits == key) return static_cast<uint32_t>(edge & kChildMask);
      if (edge == 0) return kNoNode;
    }
  }

  /// The value of the key that ends at a node, or kNoValue.
  int64_t value(uint32_t node) const { return values_[node]; }

  /// The node that a key leads to, or kNoNode; the root for an empty key.
  uint32_t walk(std::string_view key) const;

  /// Finds the longest key that `text` begins with, by at least a byte.
  ///   length   set to the key's length      returns its value, or kNoValue
  int64_t longest(std::string_view text, size_t& length) const;

 private:
  // An edge is its node, byte and child in one number; 0 is a free slot, as no child is the root.
  static constexpr int kChildBits = 28;
  static constexpr uint64_t kChildMask = (uint64_t{1} << kChildBits) - 1;

  static uint64_t key_of(uint32_t node, unsigned char byte) { return uint64_t{node} << 8 | byte; }
  size_t slot_of(uint64_t key) const { return (key * 0x9E3779B97F4A7C15ULL >> 20) & mask_; }
  void insert(uint64_t edge);
  void grow();

  std::vector<uint64_t> edges_;
  size_t mask_ = 0;
  std::vector<int64_t> values_;  // of each node
};

}  // namespace spout
