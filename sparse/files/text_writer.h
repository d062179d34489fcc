// Text into an OutputFile through a buffer, compressed where the name ends in .gz.
#pragma once

#include <zlib.h>

#include <string>
#include <string_view>
#include <vector>

#include "sparse/files/output_file.h"

namespace spout {

class TextWriter {
 public:
  /// Errors as OutputFile.
  explicit TextWriter(const std::string& path, bool overwrite = false);
  ~TextWriter();
  TextWriter(const TextWriter&) = delete;
  TextWriter& operator=(const TextWriter&) = delete;

  /// Adds text as it is; lines end as the caller ends them.
  void append(std::string_view text);

  /// Writes what is left and gives the file its name.
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
