// Reads and writes zip archives, which .npz and .pt files are. Records have names, are read as
// checked streams, and are written without a copy of what they hold. libzip does the packing, the
// checksums and ZIP64.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spout/sparse/files/io/input_file.h"
#include "spout/sparse/files/io/output_file.h"

struct zip;

namespace spout {

class ZipReader {
 public:
  /// Opens the archive.
  ///   throws FileError on anything that is not a sound zip file, and on records whose declared
  ///   sizes together are larger than the file can hold
  explicit ZipReader(const std::string& path);
  ~ZipReader();
  ZipReader(const ZipReader&) = delete;
  ZipReader& operator=(const ZipReader&) = delete;

  /// The records' names, in the archive's order.
  std::vector<std::string> names() const;

  bool has(const std::string& name) const;

  /// Opens a record as a stream, which must not outlive the reader. Its finish() compares the bytes
  /// with their checksum.   throws FileError if there is no such record
  std::unique_ptr<ByteSource> open(const std::string& name) const;

  /// Reads a whole record and checks its checksum; throws FileError above `max_bytes`.
  std::string read(const std::string& name, uint64_t max_bytes) const;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
  zip* archive_ = nullptr;
};

class ZipWriter {
 public:
  /// Errors as OutputFile.
  explicit ZipWriter(const std::string& path, bool overwrite = false);
  ~ZipWriter();
  ZipWriter(const ZipWriter&) = delete;
  ZipWriter& operator=(const ZipWriter&) = delete;

  /// Adds a record that holds `head`, which is kept here, and then `body`, whose memory must stay
  /// until commit(). Every record is dated 1980-01-01, so that equal contents make equal archives.
  void add(const std::string& name, std::string head, std::string_view body, bool deflate);

  /// Writes everything and gives the file its name; throws FileError if the disk is full.
  void commit();

 private:
  [[noreturn]] void fail(const std::string& message) const;

  OutputFile file_;
  std::deque<std::string> heads_;
  zip* archive_ = nullptr;
};

}  // namespace spout
