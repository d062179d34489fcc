// Emits the few opcodes of Python's pickle protocol 2 that a file of tensors needs.
// https://github.com/python/cpython/blob/main/Lib/pickletools.py documents each.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace spout {

class PickleWriter {
 public:
  PickleWriter();

  /// A class or function by its module and name.
  void global(std::string_view module, std::string_view name);

  void text(std::string_view value);
  void integer(int64_t value);
  void boolean(bool value) { bytes_ += value ? '\x88' : '\x89'; }

  void mark() { bytes_ += '('; }   // begins a tuple or the items of a dict
  void tuple() { bytes_ += 't'; }  // makes a tuple of everything since the mark
  void empty_tuple() { bytes_ += ')'; }
  void empty_dict() { bytes_ += '}'; }
  void set_items() { bytes_ += 'u'; }      // moves the keys and values since the mark into the dict
  void reduce() { bytes_ += 'R'; }         // calls the function below with the tuple on top
  void persistent_id() { bytes_ += 'Q'; }  // makes the tuple on top a reference to a storage

  /// Ends the pickle and returns it.
  std::string finish();

 private:
  void little_endian(uint64_t value, int num_bytes);

  std::string bytes_;
};

}  // namespace spout
