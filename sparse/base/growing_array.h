// An array that grows while a file is read and then becomes a tensor without a copy. It grows by
// realloc, which moves the pages of a large block rather than copying them. So the memory in use
// stays close to what was read, whereas a growing std::vector holds its old and new block at once.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <cstdlib>
#include <new>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace spout {

/// The capacity to which a full array grows. It grows by no more than a quarter, since one byte of
/// text may become eight bytes of array.
inline size_t larger_capacity(size_t capacity) {
  constexpr size_t kLeast = 1024;
  return capacity < kLeast ? kLeast : capacity + capacity / 4;
}

/// Appends to a vector that grows by larger_capacity().
template <class T>
void push_back_tight(std::vector<T>& vector, T value) {
  if (vector.size() == vector.capacity()) vector.reserve(larger_capacity(vector.capacity()));
  vector.push_back(std::move(value));
}

template <class T>
class GrowingArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  GrowingArray() = default;
  ~GrowingArray() { std::free(data_); }
  GrowingArray(const GrowingArray&) = delete;
  GrowingArray& operator=(const GrowingArray&) = delete;

  void push_back(T value) {
    if (size_ == capacity_) resize_block(larger_capacity(capacity_));
    data_[size_++] = value;
  }

  size_t size() const { return size_; }
  int64_t ssize() const { return static_cast<int64_t>(size_); }
  T& operator[](size_t i) { return data_[i]; }

  /// The elements from `first` on, valid until the next push_back.
  std::span<T> from(size_t first) { return {data_ + first, size_ - first}; }

  /// Drops the elements from `size` on.
  void truncate(size_t size) { size_ = size; }

  /// Hands the elements over as a tensor [size]; the array is empty afterwards.
  at::Tensor release() {
    const auto options = at::TensorOptions().dtype(c10::CppTypeToScalarType<T>::value);
    if (size_ == 0) return at::empty({0}, options);
    resize_block(size_);
    const int64_t size = ssize();
    T* block = std::exchange(data_, nullptr);
    size_ = capacity_ = 0;
    return at::from_blob(block, {size}, [](void* p) { std::free(p); }, options);
  }

 private:
  void resize_block(size_t capacity) {
    void* block = std::realloc(data_, capacity * sizeof(T));
    if (block == nullptr) throw std::bad_alloc();
    data_ = static_cast<T*>(block);
    capacity_ = capacity;
  }

  T* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace spout
