// Python's pickle protocol 2.
#include "spout/sparse/files/torch/pickle_writer.h"

#include <limits>

namespace spout {

PickleWriter::PickleWriter() : bytes_("\x80\x02") {}

void PickleWriter::little_endian(uint64_t value, int num_bytes) {
  for (int i = 0; i < num_bytes; ++i)
    bytes_ += static_cast<char>(value >> (8 * i) & 0xFF);
}

void PickleWriter::global(std::string_view module, std::string_view name) {
  bytes_ += 'c';
  bytes_ += module;
  bytes_ += '\n';
  bytes_ += name;
  bytes_ += '\n';
}

void PickleWriter::text(std::string_view value) {
  bytes_ += 'X';
  little_endian(value.size(), 4);
  bytes_ += value;
}

void PickleWriter::integer(int64_t value) {
  const auto bits = static_cast<uint64_t>(value);
  if (value >= 0 && value <= std::numeric_limits<uint8_t>::max()) {
    bytes_ += 'K';
    little_endian(bits, 1);
  } else if (value >= 0 && value <= std::numeric_limits<uint16_t>::max()) {
    bytes_ += 'M';
    little_endian(bits, 2);
  } else if (value >= std::numeric_limits<int32_t>::min() &&
             value <= std::numeric_limits<int32_t>::max()) {
    bytes_ += 'J';
    little_endian(bits, 4);
  } else {
    bytes_ += "\x8a\x08";  // LONG1 of 8 bytes
    little_endian(bits, 8);
  }
}

std::string PickleWriter::finish() {
  return std::move(bytes_) + '.';
}

}  // namespace spout
