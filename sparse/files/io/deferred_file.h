// An OutputFile for torch's archive writers. They end the archive in a destructor, where nothing
// may throw: a failed write is remembered, later writes are dropped, and check() throws it.
#pragma once

#include <cstddef>
#include <exception>
#include <string>

#include "spout/sparse/files/io/output_file.h"

namespace spout {

class DeferredFile {
 public:
  /// Errors as OutputFile.
  DeferredFile(const std::string& path, bool overwrite) : file_(path, overwrite) {}

  /// Writes, and returns `size` even if that failed. Never throws.
  size_t write(const void* data, size_t size) noexcept;

  /// Throws FileError if a write has failed.
  void check() const;

  /// Calls check(), then OutputFile::commit().
  void commit();

 private:
  OutputFile file_;
  std::exception_ptr error_;
};

}  // namespace spout
