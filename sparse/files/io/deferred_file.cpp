#include "spout/sparse/files/io/deferred_file.h"

namespace spout {

size_t DeferredFile::write(const void* data, size_t size) noexcept {
  if (error_) return size;
  try {
    file_.write(data, size);
  } catch (...) {
    error_ = std::current_exception();
  }
  return size;
}

void DeferredFile::check() const {
  if (error_) std::rethrow_exception(error_);
}

void DeferredFile::commit() {
  check();
  file_.commit();
}

}  // namespace spout
