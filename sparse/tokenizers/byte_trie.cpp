#include "spout/sparse/tokenizers/byte_trie.h"

#include <utility>

#include "spout/sparse/base/error.h"

namespace spout {
namespace {

constexpr size_t kFirstEdges = 64;

}  // namespace

ByteTrie::ByteTrie() : edges_(kFirstEdges), mask_(kFirstEdges - 1), values_{kNoValue} {}

void ByteTrie::insert(uint64_t edge) {
  size_t slot = slot_of(edge >> kChildBits);
  while (edges_[slot] != 0)
    slot = (slot + 1) & mask_;
  edges_[slot] = edge;
}

void ByteTrie::grow() {
  std::vector<uint64_t> old(2 * edges_.size());
  old.swap(edges_);
  mask_ = edges_.size() - 1;
  for (const uint64_t edge : old) {
    if (edge != 0) insert(edge);
  }
}

void ByteTrie::set(std::string_view key, int64_t value) {
  uint32_t node = kRoot;
  for (const char letter : key) {
    const auto byte = static_cast<unsigned char>(letter);
    uint32_t next = child(node, byte);
    if (next == kNoNode) {
      if (values_.size() > kChildMask) throw ValueError("expected at most 2^28 letters of tokens");
      if (2 * values_.size() > edges_.size()) grow();
      next = static_cast<uint32_t>(values_.size());
      insert(key_of(node, byte) << kChildBits | next);
      values_.push_back(kNoValue);
    }
    node = next;
  }
  values_[node] = value;
}

uint32_t ByteTrie::walk(std::string_view key) const {
  uint32_t node = kRoot;
  for (const char letter : key) {
    node = child(node, static_cast<unsigned char>(letter));
    if (node == kNoNode) break;
  }
  return node;
}

int64_t ByteTrie::longest(std::string_view text, size_t& length) const {
  int64_t best = kNoValue;
  uint32_t node = kRoot;
  for (size_t i = 0; i < text.size(); ++i) {
    node = child(node, static_cast<unsigned char>(text[i]));
    if (node == kNoNode) break;
    if (value(node) != kNoValue) {
      best = value(node);
      length = i + 1;
    }
  }
  return best;
}

}  // namespace spout
