// A file that appears only once it is complete: bytes go to a temporary file beside the target, and
// commit() renames that. An error before commit() leaves the target as it was and removes the
// temporary file. Every writer of spout goes through here, so that a full disk is an error
// everywhere.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace spout {

class OutputFile {
 public:
  /// Makes the temporary file.
  /// If `path` is a link to a file, the link stays and that file is replaced.
  ///   throws FileError if `path` exists (unless `overwrite`), is a folder, a device or a link that
  ///   leads nowhere, or if its folder is missing or not writable
  explicit OutputFile(const std::string& path, bool overwrite = false);

  /// Removes the temporary file unless it was committed.
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  /// Appends to the temporary file; throws FileError if the disk is full or failing.
  void write(const void* data, size_t size);
  void write(std::string_view text) { write(text.data(), text.size()); }

  /// Replaces the first bytes of what was written, for headers that say how much follows.
  void write_first(std::string_view text);

  /// Flushes the bytes to the disk and gives the file its name.
  void commit();

  const std::string& path() const { return path_; }

  /// The file that holds the bytes until commit(), for libraries that write a file by its name.
  const std::string& temporary_path() const { return temporary_; }

 private:
  [[noreturn]] void fail(const char* doing) const;
  void open_temporary();

  std::string path_;
  std::string target_;  // path_, or the file to which path_ links
  std::string temporary_;
  bool overwrite_ = false;
  bool committed_ = false;
  int descriptor_ = -1;  // locked as long as the temporary file exists
};

/// Flushes what was written to a file to the disk, if its file system can do so.
///   returns false, with errno set, if the disk is full or failing
bool sync_file(const std::string& path);

/// Whether a file has a temporary name and no process writes it any more. A live writer holds a
/// lock on its file; process numbers do not tell, since another container may have the same.
bool is_left_unfinished(const std::string& path);

/// Throws what OutputFile(path, overwrite) would, and leaves nothing behind. To be called before a
/// long computation.
void check_output_file(const std::string& path, bool overwrite);

}  // namespace spout
