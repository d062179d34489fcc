// Names (labels, users, items, words of text) and the numbers that stand for them. They are found
// by open addressing, so that millions of them cost little more than their letters.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sparse/names/text_list.h"

namespace spout {

class Vocabulary {
 public:
  /// The number of a name, given in the order of first use from 0.
  int64_t add(std::string_view name);

  /// The number of a name, or -1.
  int64_t find(std::string_view name) const;

  /// The name of number `id` in [0, size()); valid until the next add().
  std::string_view name(int64_t id) const;

  int64_t size() const { return static_cast<int64_t>(names_.size()); }
  bool empty() const { return names_.empty(); }

  /// Bytes that it takes.
  int64_t size_bytes() const;

 private:
  /// Where the name is in slots_, or the free place where it would be.
  size_t slot_of(std::string_view name) const;
  void grow();

  TextList names_;              // by id
  std::vector<int64_t> slots_;  // ids, -1 where free; a power of two of them
};

/// Writes a name per line; the line's number is that of the name, from 0. Names hold no line
/// breaks.
///   throws FileError where the file cannot be written
void write_vocabulary(const std::string& path, const Vocabulary& names);

/// Reads what write_vocabulary() wrote.
///   throws FileError with path:line on a name that was there before
Vocabulary read_vocabulary(const std::string& path);

}  // namespace spout
