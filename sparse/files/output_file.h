// A file that appears only once it is complete: bytes go to a temporary name beside the target,
// and commit() moves it there. Whatever goes wrong before leaves the target as it was and nothing
// behind. Every writer of spout goes through here, so a full disk is an error everywhere.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace spout {

class OutputFile {
 public:
  /// Makes the temporary file.
  ///   throws FileError where `path` exists (unless `overwrite`), is a folder, a device or a link
  ///   that leads nowhere, or where its folder is missing or not writable. Another link stays, and
  ///   what it leads to is replaced.
  explicit OutputFile(const std::string& path, bool overwrite = false);

  /// Removes the temporary file unless it was committed.
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  /// Appends to the temporary file; throws FileError where the disk is full or failing.
  void write(const void* data, size_t size);
  void write(std::string_view text) { write(text.data(), text.size()); }

  /// Replaces the first bytes of what was written: for headers that say how much follows.
  void write_first(std::string_view text);

  /// Brings the bytes to the disk and the file to its name.
  void commit();

  const std::string& path() const { return path_; }

  /// Where the bytes are until commit(), for libraries that want to write a file by its name.
  const std::string& temporary_path() const { return temporary_; }

 private:
  [[noreturn]] void fail(const char* doing) const;
  void open_temporary();

  std::string path_;
  std::string target_;  // path_, or the file that it is a link to
  std::string temporary_;
  bool overwrite_ = false;
  bool committed_ = false;
  int descriptor_ = -1;  // locked, as long as the temporary file is there
};

/// Brings what was written to a file to the disk, where its file system can do so.
///   returns false, with errno set, where the disk is full or failing
bool sync_file(const std::string& path);

/// Whether a file bears a temporary name and nobody writes it any more: a writer that is alive
/// holds a lock on its own (process numbers say nothing: another container has the same).
bool is_left_unfinished(const std::string& path);

/// Throws what OutputFile(path, overwrite) would, and leaves nothing: for before a long work.
void check_output_file(const std::string& path, bool overwrite);

}  // namespace spout
