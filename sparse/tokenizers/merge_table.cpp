// A joined pair leaves its right symbol empty, so that symbols keep their places and a heap of
// possible merges needs no repair: an entry that is out of date is recognised when it comes up.
#include "spout/sparse/tokenizers/merge_table.h"

#include <algorithm>

namespace spout {
namespace {

constexpr size_t kFirstSlots = 64;
constexpr int64_t kGone = -1;

struct Candidate {
  int64_t rank;
  int32_t at;
  int32_t id;
};

// std::push_heap keeps the largest in front; the first merge is that of the smallest rank.
bool comes_later(const Candidate& a, const Candidate& b) {
  return a.rank != b.rank ? a.rank > b.rank : a.at > b.at;
}

struct Links {
  int32_t previous;
  int32_t next;
};

class Joiner {
 public:
  Joiner(const MergeTable& table, std::vector<int64_t>& symbols, std::vector<Links>& links,
         std::vector<Candidate>& heap)
      : table_(table), symbols_(symbols), links_(links), heap_(heap) {}

  void run() {
    const auto n = static_cast<int32_t>(symbols_.size());
    heap_.clear();
    links_.resize(symbols_.size());
    for (int32_t i = 0; i < n; ++i) {
      links_[static_cast<size_t>(i)] = {i - 1, i + 1 < n ? i + 1 : -1};
      if (i + 1 < n) consider(i, i + 1);
    }
    std::make_heap(heap_.begin(), heap_.end(), comes_later);
    heaped_ = true;
    while (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end(), comes_later);
      const Candidate top = heap_.back();
      heap_.pop_back();
      take(top);
    }
    std::erase(symbols_, kGone);
  }

 private:
  int64_t& symbol(int32_t i) { return symbols_[static_cast<size_t>(i)]; }
  Links& links(int32_t i) { return links_[static_cast<size_t>(i)]; }

  void consider(int32_t left, int32_t right) {
    const MergeTable::Merge merge = table_.find(symbol(left), symbol(right));
    if (merge.rank < 0) return;
    heap_.push_back({merge.rank, left, static_cast<int32_t>(merge.id)});
    if (heaped_) std::push_heap(heap_.begin(), heap_.end(), comes_later);
  }

  void take(const Candidate& top) {
    const int32_t right = links(top.at).next;
    if (symbol(top.at) == kGone || right < 0) return;
    const MergeTable::Merge merge = table_.find(symbol(top.at), symbol(right));
    if (merge.rank < 0 || merge.id != top.id) return;
    symbol(top.at) = merge.id;
    symbol(right) = kGone;
    const int32_t after = links(right).next;
    const int32_t before = links(top.at).previous;
    links(top.at).next = after;
    if (after >= 0) links(after).previous = top.at;
    if (before >= 0) consider(before, top.at);
    if (after >= 0) consider(top.at, after);
  }

  const MergeTable& table_;
  std::vector<int64_t>& symbols_;
  std::vector<Links>& links_;
  std::vector<Candidate>& heap_;
  bool heaped_ = false;
};

}  // namespace

void MergeTable::grow() {
  std::vector<Slot> old(std::max(2 * slots_.size(), kFirstSlots));
  old.swap(slots_);
  mask_ = slots_.size() - 1;
  for (const Slot& entry : old) {
    if (entry.key == kFree) continue;
    size_t slot = slot_of(entry.key);
    while (slots_[slot].key != kFree)
      slot = (slot + 1) & mask_;
    slots_[slot] = entry;
  }
}

void MergeTable::set(int64_t left, int64_t right, Merge merge) {
  if (2 * (size_ + 1) > slots_.size()) grow();
  const uint64_t key = key_of(left, right);
  size_t slot = slot_of(key);
  while (slots_[slot].key != kFree && slots_[slot].key != key)
    slot = (slot + 1) & mask_;
  if (slots_[slot].key == kFree) ++size_;
  slots_[slot] = {key, static_cast<int32_t>(merge.rank), static_cast<int32_t>(merge.id)};
}

void MergeTable::join(std::vector<int64_t>& symbols) const {
  if (symbols.size() < 2) return;
  thread_local std::vector<Links> links;
  thread_local std::vector<Candidate> heap;
  Joiner(*this, symbols, links, heap).run();
}

}  // namespace spout
