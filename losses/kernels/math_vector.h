// The functions of math.h for vectors of at::vec, and loads and stores of bf16. at::vec's own
// versions of some functions guard against arguments that formulas never pass; where the
// instruction set allows something shorter, it is written out here. All functions have internal
// linkage, since every instruction set compiles its own. What is explained for AVX-512 holds for
// the other sets.
#pragma once

#include <ATen/cpu/vec/vec.h>
#include <c10/util/BFloat16.h>

#include <bit>

#include "spout/losses/formulas/math.h"
#include "spout/losses/kernels/rounding.h"

namespace spout::math {

using Vec = at::vec::Vectorized<float>;

#if defined(CPU_CAPABILITY_AVX512)

/// c - a b
static inline Vec negated_fmadd(const Vec& a, const Vec& b, const Vec& c) {
  return _mm512_fnmadd_ps(a, b, c);
}
/// -min(|z|, limit); -limit where z is NaN.
static inline Vec minus_limited_abs(const Vec& z, float limit) {
  constexpr int kSmallerMagnitudeWithMinus = 0b1110;
  return _mm512_range_ps(z, Vec(limit), kSmallerMagnitudeWithMinus);
}
/// z * 2^n for a whole number n.
static inline Vec times_power_of_2(const Vec& z, const Vec& n) {
  return _mm512_scalef_ps(z, n);
}
/// max(a, b); b where either is NaN.
static inline Vec raw_max(const Vec& a, const Vec& b) {
  return _mm512_max_ps(a, b);
}
static inline Vec rough_reciprocal(const Vec& z) {
  return _mm512_rcp14_ps(z);
}
static inline Vec if_non_negative(const Vec& z, const Vec& yes, const Vec& no) {
  return _mm512_mask_blend_ps(_mm512_movepi32_mask(_mm512_castps_si512(z)), yes, no);
}
static inline Vec load_bf16(const c10::BFloat16* from) {
  const __m256i half = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(half), 16));
}
/// Stores the upper 16 bits of every element.
static inline void store_upper_halves(__m512i bits, c10::BFloat16* to) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to),
                      _mm512_cvtepi32_epi16(_mm512_srli_epi32(bits, 16)));
}
/// Stores v rounded to the nearest bf16, ties to even; NaN stays NaN.
static inline void store_bf16(const Vec& v, c10::BFloat16* to) {
  const __m512i bits = _mm512_castps_si512(v);
  const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  const __m512i rounded = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7FFF)));
  const __mmask16 nan = _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
  store_upper_halves(_mm512_mask_mov_epi32(rounded, nan, _mm512_set1_epi32(0x7FC00000)), to);
}
/// Stores v rounded up or down at random, with the probabilities that keep the mean: adds 16 random
/// bits below the kept ones, noise_bits(bits, first + i) for element i.
static inline void store_bf16_randomly(const Vec& v, c10::BFloat16* to, uint32_t bits,
                                       uint32_t first) {
  const __m512i element = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512i column = _mm512_add_epi32(element, _mm512_set1_epi32(static_cast<int>(first)));
  __m512i x =
      _mm512_add_epi32(_mm512_mullo_epi32(column, _mm512_set1_epi32(static_cast<int>(kMixA))),
                       _mm512_set1_epi32(static_cast<int>(bits)));
  x = _mm512_xor_si512(x, _mm512_srli_epi32(x, 15));
  x = _mm512_mullo_epi32(x, _mm512_set1_epi32(static_cast<int>(kMixB)));
  const __m512i noise = _mm512_srli_epi32(x, 16);
  store_upper_halves(_mm512_add_epi32(_mm512_castps_si512(v), noise), to);
}
/// One bit for each element of the vector: whether v > limit, or either is NaN.
static inline uint32_t lanes_above(const Vec& v, const Vec& limit) {
  return _mm512_cmp_ps_mask(v, limit, _CMP_NLE_UQ);
}

#elif defined(CPU_CAPABILITY_AVX2)

static inline Vec negated_fmadd(const Vec& a, const Vec& b, const Vec& c) {
  return _mm256_fnmadd_ps(a, b, c);
}
static inline Vec minus_limited_abs(const Vec& z, float limit) {
  return _mm256_max_ps(_mm256_or_ps(z, Vec(-0.0F)), Vec(-limit));
}
static inline Vec times_power_of_2(const Vec& z, const Vec& n) {
  const __m256i exponent = _mm256_slli_epi32(_mm256_cvtps_epi32(n), 23);
  return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(z), exponent));
}
static inline Vec raw_max(const Vec& a, const Vec& b) {
  return _mm256_max_ps(a, b);
}
static inline Vec rough_reciprocal(const Vec& z) {
  return _mm256_rcp_ps(z);
}
static inline Vec if_non_negative(const Vec& z, const Vec& yes, const Vec& no) {
  return _mm256_blendv_ps(yes, no, z);  // by the sign bit
}
static inline Vec load_bf16(const c10::BFloat16* from) {
  const __m128i half = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(half), 16));
}
static inline void store_upper_halves(__m256i bits, c10::BFloat16* to) {
  const __m256i upper = _mm256_srli_epi32(bits, 16);
  const __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi32(upper, upper), 0x08);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm256_castsi256_si128(packed));
}
static inline void store_bf16(const Vec& v, c10::BFloat16* to) {
  const __m256i bits = _mm256_castps_si256(v);
  const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
  const __m256i rounded = _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7FFF)));
  const __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(v, v, _CMP_UNORD_Q));
  store_upper_halves(_mm256_blendv_epi8(rounded, _mm256_set1_epi32(0x7FC00000), nan), to);
}
static inline void store_bf16_randomly(const Vec& v, c10::BFloat16* to, uint32_t bits,
                                       uint32_t first) {
  const __m256i element = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  const __m256i column = _mm256_add_epi32(element, _mm256_set1_epi32(static_cast<int>(first)));
  __m256i x =
      _mm256_add_epi32(_mm256_mullo_epi32(column, _mm256_set1_epi32(static_cast<int>(kMixA))),
                       _mm256_set1_epi32(static_cast<int>(bits)));
  x = _mm256_xor_si256(x, _mm256_srli_epi32(x, 15));
  x = _mm256_mullo_epi32(x, _mm256_set1_epi32(static_cast<int>(kMixB)));
  const __m256i noise = _mm256_srli_epi32(x, 16);
  store_upper_halves(_mm256_add_epi32(_mm256_castps_si256(v), noise), to);
}
static inline uint32_t lanes_above(const Vec& v, const Vec& limit) {
  return static_cast<uint32_t>(_mm256_movemask_ps(_mm256_cmp_ps(v, limit, _CMP_NLE_UQ)));
}

#else

static inline Vec if_non_negative(const Vec& z, const Vec& yes, const Vec& no) {
  return Vec::blendv(no, yes, z >= Vec(0.0F));
}
static inline Vec load_bf16(const c10::BFloat16* from) {
  float elements[Vec::size()];
  for (int i = 0; i < Vec::size(); ++i)
    elements[i] = static_cast<float>(from[i]);
  return Vec::loadu(elements);
}
static inline void store_bf16(const Vec& v, c10::BFloat16* to) {
  float elements[Vec::size()];
  v.store(elements);
  for (int i = 0; i < Vec::size(); ++i)
    to[i] = c10::BFloat16(elements[i]);
}
static inline void store_bf16_randomly(const Vec& v, c10::BFloat16* to, uint32_t bits,
                                       uint32_t first) {
  float elements[Vec::size()];
  v.store(elements);
  for (int i = 0; i < Vec::size(); ++i) {
    const uint32_t noise = noise_bits(bits, first + static_cast<uint32_t>(i));
    const uint32_t sum = std::bit_cast<uint32_t>(elements[i]) + noise;
    to[i] = c10::BFloat16(static_cast<unsigned short>(sum >> 16U), c10::BFloat16::from_bits());
  }
}
static inline uint32_t lanes_above(const Vec& v, const Vec& limit) {
  float elements[Vec::size()];
  float limits[Vec::size()];
  v.store(elements);
  limit.store(limits);
  uint32_t mask = 0;
  for (int i = 0; i < Vec::size(); ++i)
    mask |= static_cast<uint32_t>(!(elements[i] <= limits[i])) << i;
  return mask;
}

#endif

#if defined(CPU_CAPABILITY_AVX512) || defined(CPU_CAPABILITY_AVX2)

/// exp(z) for z in [-87.33, 0], as 2^n exp(r) with |r| <= ln(2) / 2. The polynomial for exp(r) was
/// fitted to minimise the largest relative error, which is 7.5e-8. Adding 1.5 * 2^23 and taking it
/// off again rounds to a whole number.
static inline Vec exp_in_range(const Vec& z) {
  const Vec magic(12582912.0F);
  const Vec n = at::vec::fmadd(z, Vec(1.44269504F), magic) - magic;
  const Vec r = at::vec::fmadd(n, Vec(-0.693147181F), z);
  Vec p = at::vec::fmadd(r, Vec(0.008297614109F), Vec(0.04191537974F));
  p = at::vec::fmadd(r, p, Vec(0.1666757534F));
  p = at::vec::fmadd(r, p, Vec(0.4999889488F));
  p = at::vec::fmadd(r, p, Vec(0.9999996918F));
  p = at::vec::fmadd(r, p, Vec(1.000000072F));
  return times_power_of_2(p, n);
}
// These two return about the smallest normal number where the exact result is smaller.
static inline Vec exp_non_positive(const Vec& z) {
  return exp_in_range(raw_max(Vec(-87.33F), z));
}
static inline Vec exp_minus_abs(const Vec& z) {
  return exp_in_range(minus_limited_abs(z, 87.33F));
}
/// 1 / z by one Newton step from the processor's estimate.
static inline Vec reciprocal(const Vec& z) {
  const Vec rough = rough_reciprocal(z);
  return at::vec::fmadd(rough, negated_fmadd(z, rough, Vec(1.0F)), rough);
}
static inline Vec positive_part(const Vec& z) {
  return raw_max(Vec(0.0F), z);
}

#else

static inline Vec exp_non_positive(const Vec& z) {
  return z.exp();
}
static inline Vec exp_minus_abs(const Vec& z) {
  return z.abs().neg().exp();
}
static inline Vec reciprocal(const Vec& z) {
  return z.reciprocal();
}
static inline Vec positive_part(const Vec& z) {
  return at::vec::maximum(z, Vec(0.0F));
}

#endif

static inline Vec exp(const Vec& z) {
  return z.exp();
}
static inline Vec log(const Vec& z) {
  return z.log();
}
static inline Vec pow(const Vec& z, double c) {
  return z.pow(Vec(static_cast<float>(c)));
}
static inline Vec log1p(const Vec& z) {
  return z.log1p();
}
static inline Vec sqrt(const Vec& z) {
  return z.sqrt();
}
static inline Vec constant(const Vec& /*z*/, double c) {
  return Vec(static_cast<float>(c));
}

}  // namespace spout::math
