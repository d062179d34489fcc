// Opens files for reading, and gives the bytes of a file or of a block of memory as a stream.
// Readers compare the sizes that a file claims with remaining() before they allocate anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace spout {

/// Opens a file or pipe and returns its descriptor, which the caller closes.
///   throws FileError on a missing file, a folder, a lack of permission
int open_for_reading(const std::string& path);

/// A stream of bytes of known length.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  /// Reads exactly `size` bytes; throws FileError if there are fewer.
  virtual void read(void* to, size_t size) = 0;

  /// The number of bytes not yet read. It is never more than the file can hold.
  virtual uint64_t remaining() const = 0;

  /// To be called when all was read: checks what can be checked only at the end (a checksum).
  virtual void finish() {}

  /// The name for errors: "path" or "path: record".
  virtual const std::string& name() const = 0;
};

/// A regular file, read from its start.
class FileSource final : public ByteSource {
 public:
  explicit FileSource(const std::string& path);
  ~FileSource() override;
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  void read(void* to, size_t size) override;
  uint64_t remaining() const override { return remaining_; }
  const std::string& name() const override { return path_; }

 private:
  std::string path_;
  int descriptor_ = -1;
  uint64_t remaining_ = 0;
};

/// Reads a whole file. Errors as FileSource.
std::string read_whole_file(const std::string& path);

/// A block of memory, which must outlive the source.
class MemorySource final : public ByteSource {
 public:
  MemorySource(std::string name, std::string_view bytes) : name_(std::move(name)), bytes_(bytes) {}

  void read(void* to, size_t size) override;
  uint64_t remaining() const override { return bytes_.size(); }
  const std::string& name() const override { return name_; }

 private:
  std::string name_;
  std::string_view bytes_;
};

}  // namespace spout
