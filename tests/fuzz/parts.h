// Inputs that stand for several files or records: "#@" and a letter begin each. Zip archives are
// built around them, since their checksums would turn away nearly all that a fuzzer changes.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "spout/tests/fuzz/readers.h"

namespace spout::fuzz {

struct Part {
  char letter = ' ';  // a capital: deflated, where it is a record
  std::string_view bytes;
};

/// The parts in order; what stands before the first is dropped.
std::vector<Part> split_parts(std::string_view input);

/// The bytes of the part with that small letter; empty where there is none.
std::string_view find_part(std::string_view input, char letter);

/// Writes an archive whose records are called `names[letter - 'a']`; other letters are left out.
///   throws FileError where two have a name
std::string write_archive(const Scratch& scratch, std::string_view file, std::string_view input,
                          const std::vector<std::string>& names);

}  // namespace spout::fuzz
