// Writes text to an OutputFile through a buffer, compressed by gzip if the name ends in .gz.
#pragma once

#include <zlib.h>

#include <string>
#include <string_view>
#include <vector>

#include "spout/sparse/files/io/output_file.h"

namespace spout {

class TextWriter {
 public:
  /// Errors as OutputFile.
  explicit TextWriter(const std::string& path, bool overwrite = false);
  ~TextWriter();
  TextWriter(const TextWriter&) = delete;
  TextWriter& operator=(const TextWriter&) = delete;

  /// Appends text as it is. The caller ends the lines.
  void append(std::string_view text);

  /// Writes the rest of the buffer and gives the file its name.
  void commit();

 private:
  void flush(int mode);

  OutputFile file_;
  std::string pending_;
  bool compressed_ = false;
  z_stream stream_ = {};
  std::vector<unsigned char> packed_;
};

}  // namespace spout
