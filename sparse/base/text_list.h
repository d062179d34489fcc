// A list of texts stored one after the other in one block of memory, so that millions of short ones
// cost little more than their characters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "spout/sparse/base/growing_array.h"

namespace spout {

class TextList {
 public:
  TextList() = default;
  TextList(std::initializer_list<std::string_view> texts) {
    for (const std::string_view text : texts)
      add(text);
  }

  void add(std::string_view text) {
    letters_ += text;
    push_back_tight(ends_, letters_.size());
  }

  size_t size() const { return ends_.size(); }
  bool empty() const { return ends_.empty(); }

  /// The text with index i, valid until the next add().
  std::string_view operator[](size_t i) const {
    const size_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(letters_).substr(begin, ends_[i] - begin);
  }

  /// The memory in use, in bytes.
  int64_t size_bytes() const {
    return static_cast<int64_t>(letters_.capacity() + ends_.capacity() * sizeof(size_t));
  }

  bool operator==(const TextList&) const = default;

 private:
  std::string letters_;
  std::vector<size_t> ends_;  // the end of each text in letters_
};

}  // namespace spout
