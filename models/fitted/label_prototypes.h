// One vector for each label in the space of a pretrained encoder's rows: the sum of the label's
// training rows and of the row of its text, scaled to length one. Before that every row is scaled
// to length one and may be moved by the mean of all rows, since the rows of many encoders share a
// large part that says nothing. Source: nearest-centroid classification (Rocchio 1971), with a
// label's text as rows of its own.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "spout/sparse/layout/csr.h"

namespace spout {

/// Weight of a label's text beside its rows, each of which weighs 1, where nothing chooses another.
inline constexpr double kUsualNameWeight = 3.0;
/// What cosines are multiplied by where a softmax or a loss reads them as scores.
inline constexpr double kInverseTemperature = 20.0;

/// The labels of a row: its columns with values above 0, ascending.
std::vector<int64_t> labels_of_row(const Csr& y, int64_t row);

/// Scales rows [n, d] to length one; rows of zeros stay.
at::Tensor unit_rows(const at::Tensor& rows);

/// Where the rows of an encoder are compared: moved by a center and scaled to length one again.
///   center  [d]; zeros move nothing      rows of zeros stay
at::Tensor centred_rows(const at::Tensor& rows, const at::Tensor& center);

/// The mean of unit_rows() over the rows that are not zero.
///   rows [n, d]    of  the rows to take; empty: all    returns [d]
at::Tensor mean_row(const at::Tensor& rows, std::span<const int64_t> of = {});

/// Adds up centred_rows() of the rows of each label.
///   rows  [n, d] f32     y  [n, L], whose entries above 0 are labels
///   of    the rows to take, ascending    returns [L, d]
at::Tensor label_sums(const at::Tensor& rows, const Csr& y, std::span<const int64_t> of,
                      const at::Tensor& center);

}  // namespace spout
