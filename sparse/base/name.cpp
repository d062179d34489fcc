#include "spout/sparse/base/name.h"

#include <algorithm>

#include "spout/sparse/base/characters.h"
#include "spout/sparse/base/error.h"
#include "spout/sparse/base/numbers.h"

namespace spout {
namespace {

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

}  // namespace

std::string mistake_in_name(std::string_view name) {
  if (name.empty()) return "a name, found none";
  if (std::any_of(name.begin(), name.end(), is_control)) {
    return "a name without control characters, such as tabs and line ends, found " +
           in_quotes(name);
  }
  if (name.starts_with(kByteOrderMark)) {
    return "a name, found a byte order mark (U+FEFF) before " +
           in_quotes(name.substr(kByteOrderMark.size()));
  }
  return "";
}

int64_t add_name(Vocabulary& names, std::string_view name, const std::string& path, int64_t line) {
  const int64_t known = names.size();
  const int64_t id = names.add(name);
  if (id < known) return id;
  const std::string mistake = mistake_in_name(name);
  if (!mistake.empty()) throw bad_line(path, line, mistake);
  return id;
}

}  // namespace spout
