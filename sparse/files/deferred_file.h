// An OutputFile for torch's archive writers. They end the archive in a destructor and must not meet
// an error there: a failed write is kept, what follows is dropped, and check() throws it later.
#pragma once

#include <cstddef>
#include <exception>
#include <string>

#include "sparse/files/output_file.h"

namespace spout {

class DeferredFile {
 public:
  /// Errors as OutputFile.
  DeferredFile(const std::string& path, bool overwrite) : file_(path, overwrite) {}

  /// Claims to have written everything; never throws.
  size_t write(const void* data, size_t size) noexcept;

  /// Throws FileError if a write has failed.
  void check() const;

  /// check(), then OutputFile::commit().
  void commit();

 private:
  OutputFile file_;
  std::exception_ptr error_;
};

}  // namespace spout
