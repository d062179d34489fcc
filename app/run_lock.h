// One training at a time in a run folder.
#pragma once

#include <string>

namespace spout {

class RunLock {
 public:
  /// Holds the folder until it is destroyed or the process ends, however it does. Where the file
  /// system knows no locks there is none.
  ///   throws UserError where another process holds it, or there is no such folder
  explicit RunLock(const std::string& folder);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

 private:
  int descriptor_;
};

}  // namespace spout
