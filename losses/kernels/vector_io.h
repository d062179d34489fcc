// Loads and stores of whole and partial vectors of f32 and bf16, for the kernels. All functions
// have internal linkage, as in math_vector.h.
#pragma once

#include <type_traits>

#include "spout/losses/kernels/math_vector.h"

namespace spout {
namespace {

using c10::BFloat16;
using math::Vec;
constexpr int64_t kWidth = Vec::size();

// Loads the first `length` elements, at most kWidth.
inline Vec load(const float* from, int64_t length) {
  return length == kWidth ? Vec::loadu(from) : Vec::loadu(from, length);
}
inline Vec load(const BFloat16* from, int64_t length) {
  if (length == kWidth) return math::load_bf16(from);
  BFloat16 padded[kWidth] = {};
  for (int64_t i = 0; i < length; ++i)
    padded[i] = from[i];
  return math::load_bf16(padded);
}

/// Writes `length` elements by means of `whole(v, out)`, which writes kWidth of them.
template <class Whole>
void store_bf16_by(const Whole& whole, const Vec& v, BFloat16* to, int64_t length) {
  if (length == kWidth) {
    whole(v, to);
    return;
  }
  BFloat16 padded[kWidth];
  whole(v, padded);
  for (int64_t i = 0; i < length; ++i)
    to[i] = padded[i];
}
inline void store(const Vec& v, float* to, int64_t length) {
  if (length == kWidth) {
    v.store(to);
  } else {
    v.store(to, static_cast<int>(length));
  }
}
inline void store(const Vec& v, BFloat16* to, int64_t length) {
  store_bf16_by([](const Vec& all, BFloat16* out) { math::store_bf16(all, out); }, v, to, length);
}

/// Prefetches the memory that a pass reaches a page later. Processors do this well by themselves in
/// short loops and badly in long ones: on a Xeon with a large last-level cache it made the BCE pass
/// over 134 MB three times as fast. Addresses beyond the end do no harm.
template <class T>
void prefetch(const T* from) {
  constexpr int64_t kAhead = 4096;  // bytes: a page
  __builtin_prefetch(reinterpret_cast<const char*>(from) + kAhead);
}

/// Calls body(offset, length) for each vector of [begin, end), the last one possibly shorter.
template <class Body>
void for_each_vector(int64_t begin, int64_t end, const Body& body) {
  int64_t i = begin;
  for (; i + kWidth <= end; i += kWidth)
    body(i, std::integral_constant<int64_t, kWidth>());
  if (i < end) body(i, end - i);
}

}  // namespace
}  // namespace spout
