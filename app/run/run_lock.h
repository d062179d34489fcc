// A lock that lets only one training at a time run in a folder.
#pragma once

#include <string>

namespace spout {

class RunLock {
 public:
  /// Locks the folder until the object is destroyed or the process ends, however it ends. On a file
  /// system without locks it does nothing.
  ///   throws UserError if another process holds the lock, or there is no such folder
  explicit RunLock(const std::string& folder);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

 private:
  int descriptor_;
};

}  // namespace spout
