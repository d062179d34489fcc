#include "spout/tests/fuzz/parts.h"

#include <cctype>

#include "spout/sparse/files/io/zip_archive.h"

namespace spout::fuzz {
namespace {

constexpr std::string_view kMark = "#@";

}  // namespace

std::vector<Part> split_parts(std::string_view input) {
  std::vector<Part> parts;
  size_t mark = input.find(kMark);
  while (mark != std::string_view::npos && mark + kMark.size() < input.size()) {
    const size_t begin = mark + kMark.size() + 1;
    const size_t end = input.find(kMark, begin);
    parts.push_back({input[begin - 1], input.substr(begin, end - begin)});
    mark = end;
  }
  return parts;
}

std::string_view find_part(std::string_view input, char letter) {
  for (const Part& part : split_parts(input)) {
    if (part.letter == letter) return part.bytes;
  }
  return {};
}

std::string write_archive(const Scratch& scratch, std::string_view file, std::string_view input,
                          const std::vector<std::string>& names) {
  std::string path = scratch.folder() + "/" + std::string(file);
  ZipWriter zip(path, /*overwrite=*/true);
  for (const Part& part : split_parts(input)) {
    const auto letter = static_cast<unsigned char>(part.letter);
    const int place = std::tolower(letter) - 'a';
    if (place < 0 || place >= static_cast<int>(names.size())) continue;
    zip.add(names[static_cast<size_t>(place)], "", part.bytes, std::isupper(letter) != 0);
  }
  zip.commit();
  return path;
}

}  // namespace spout::fuzz
