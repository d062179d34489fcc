// Opening a file for reading, and the bytes of it (or of a block of memory) as a checked stream.
// Sizes that a file claims are compared with what remains here before anything is allocated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace spout {

/// An open descriptor of a file or pipe; the caller closes it.
///   throws FileError on a missing file, a folder, a lack of permission
int open_for_reading(const std::string& path);

/// A stream of bytes whose length is known beforehand.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  /// Reads exactly `size` bytes; throws FileError where they are not there.
  virtual void read(void* to, size_t size) = 0;

  /// Bytes not yet read. Never more than the file can hold.
  virtual uint64_t remaining() const = 0;

  /// Says that all was read: checks what can only be checked at the end (a checksum).
  virtual void finish() {}

  /// How errors call it: "path" or "path: record".
  virtual const std::string& name() const = 0;
};

/// A regular file, from its start.
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
