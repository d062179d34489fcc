// The exceptions that spout throws at other programs. what() is one line for a person, without a
// backtrace.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace spout {

/// The base of every error that spout itself reports.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// An argument does not fit: its shape, dtype or device, a value outside a loss's domain, or an
/// unknown name.
class ValueError : public Error {
 public:
  using Error::Error;
};

/// An index lies outside its tensor.
class IndexError : public Error {
 public:
  using Error::Error;
};

/// A file cannot be read, understood or written. what() names its path.
class FileError : public Error {
 public:
  using Error::Error;
};

/// A file exists already, and the caller did not allow overwriting it.
class FileExists : public FileError {
 public:
  explicit FileExists(const std::string& path) : FileError(path + " exists") {}
};

/// Makes the FileError "path:line: expected ...".
///   line      1-based
///   expected  what was expected, usually followed by ", found ..."
inline FileError bad_line(const std::string& path, int64_t line, const std::string& expected) {
  return FileError(path + ":" + std::to_string(line) + ": expected " + expected);
}

}  // namespace spout
