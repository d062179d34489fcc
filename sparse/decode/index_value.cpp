// Each row's pairs are rounded, sorted by label, and merged where labels are equal. Indices are
// read as f64 or as integers of 64 bits, so that no index changes in conversion.
#include "spout/sparse/decode/index_value.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>
#include <vector>

#include "spout/sparse/layout/csr_builder.h"

namespace spout {
namespace {

constexpr int64_t kMaxLabels = int64_t{1} << 53;  // f64 cannot name every label beyond this

struct Pair {
  int64_t label;
  int64_t position;  // in its row, from 0
  float value;
};

enum class Side { kInside, kBelow, kAbove, kNowhere };

template <class Index>
Side side_of(Index index, int64_t num_labels) {
  if constexpr (std::is_same_v<Index, uint64_t>) {
    return index < static_cast<uint64_t>(num_labels) ? Side::kInside : Side::kAbove;
  } else {
    if (index < 0) return Side::kBelow;
    if (index < static_cast<Index>(num_labels)) return Side::kInside;
    return index >= 0 ? Side::kAbove : Side::kNowhere;  // NaN is on no side
  }
}

template <class Index>
class PairDecoder {
 public:
  PairDecoder(const IndexValueOptions& options, IndexValueReport& report)
      : options_(options), report_(report) {}

  Csr decode(const Index* indices, const float* values, int64_t n, int64_t k) {
    result_.reserve(static_cast<size_t>(n), static_cast<size_t>(n * k));
    for (int64_t row = 0; row < n; ++row, indices += k, values += k) {
      row_ = row;
      pairs_.clear();
      for (int64_t position = 0; position < k; ++position)
        take(indices[position], values[position], position);
      merge();
      result_.end_row();
    }
    return result_.finish(options_.num_labels);
  }

 private:
  void take(Index index, float value, int64_t position) {
    TORCH_CHECK_VALUE(std::isfinite(value), options_.name, ": row ", row_, ", position ", position,
                      ": expected a finite value, found ", fmt::to_string(value));
    const Index whole = rounded(index);
    const Side side = side_of(whole, options_.num_labels);
    if (side == Side::kInside) {
      pairs_.push_back({static_cast<int64_t>(whole), position, value});
    } else if (options_.out_of_range == OutOfRange::kDrop) {
      ++report_.dropped;
    } else if (options_.out_of_range == OutOfRange::kClip && side != Side::kNowhere &&
               options_.num_labels > 0) {
      ++report_.clipped;
      pairs_.push_back({side == Side::kBelow ? 0 : options_.num_labels - 1, position, value});
    } else {
      TORCH_CHECK_INDEX(false, options_.name, ": row ", row_, ", position ", position,
                        ": expected an index of a label below ", options_.num_labels, ", found ",
                        fmt::to_string(index));
    }
  }

  Index rounded(Index index) {
    if constexpr (std::is_floating_point_v<Index>) {
      const Index whole =
          options_.rounding == IndexRounding::kFloor ? std::floor(index) : std::nearbyint(index);
      if (whole != index && !std::isnan(index)) ++report_.rounded;
      return whole;
    } else {
      return index;
    }
  }

  /// Sorts the row's pairs and appends its entries.
  void merge() {
    const auto before = [](const Pair& a, const Pair& b) {
      return a.label != b.label ? a.label < b.label : a.position < b.position;
    };
    if (!std::is_sorted(pairs_.begin(), pairs_.end(), before)) {
      std::sort(pairs_.begin(), pairs_.end(), before);
    }
    for (size_t begin = 0, end = 0; begin < pairs_.size(); begin = end) {
      while (end < pairs_.size() && pairs_[end].label == pairs_[begin].label)
        ++end;
      const float value = merged(begin, end);
      if (value == 0 && !options_.keep_zeros) {
        ++report_.zeros;
        continue;
      }
      result_.add(pairs_[begin].label, value);
    }
  }

  /// The value of the label that pairs [begin, end) share.
  float merged(size_t begin, size_t end) {
    const Pair& last = pairs_[end - 1];
    if (end - begin == 1) return last.value;
    report_.merged += static_cast<int64_t>(end - begin) - 1;
    switch (options_.duplicates) {
      case Duplicates::kLast:
        return last.value;
      case Duplicates::kMax:
        return std::max_element(pairs_.begin() + static_cast<ptrdiff_t>(begin),
                                pairs_.begin() + static_cast<ptrdiff_t>(end),
                                [](const Pair& a, const Pair& b) { return a.value < b.value; })
            ->value;
      case Duplicates::kSum: {
        double sum = 0.0;
        for (size_t i = begin; i < end; ++i)
          sum += static_cast<double>(pairs_[i].value);
        const auto value = static_cast<float>(sum);
        TORCH_CHECK_VALUE(std::isfinite(value), options_.name, ": row ", row_, ", position ",
                          last.position, ": expected a finite sum for label ", last.label,
                          ", found ", fmt::to_string(sum));
        return value;
      }
      case Duplicates::kError:
        break;
    }
    const Pair& second = pairs_[begin + 1];
    TORCH_CHECK_VALUE(false, options_.name, ": row ", row_, ", position ", second.position,
                      ": expected each label once, found ", second.label, " again, with value ",
                      fmt::to_string(second.value));
  }

  const IndexValueOptions& options_;
  IndexValueReport& report_;
  int64_t row_ = 0;
  std::vector<Pair> pairs_;  // the current row's
  CsrBuilder result_;
};

template <class Index>
Csr decode_as(const at::Tensor& indices, const at::Tensor& values, const IndexValueOptions& options,
              IndexValueReport& report) {
  const at::Tensor index =
      indices.detach().to(at::kCPU, c10::CppTypeToScalarType<Index>::value).contiguous();
  const at::Tensor value = values.detach().to(at::kCPU, at::kFloat).contiguous();
  return PairDecoder<Index>(options, report)
      .decode(index.const_data_ptr<Index>(), value.const_data_ptr<float>(), index.size(0),
              index.size(1));
}

}  // namespace

Csr decode_index_value(const at::Tensor& indices, const at::Tensor& values,
                       const IndexValueOptions& options, IndexValueReport* report) {
  TORCH_CHECK_VALUE(indices.dim() == 2 && indices.sizes() == values.sizes(), options.name,
                    ": expected indices and values of one shape [n, k], found ", indices.sizes(),
                    " and ", values.sizes());
  const at::ScalarType type = indices.scalar_type();
  TORCH_CHECK_VALUE(c10::isIntegralType(type, true) || c10::isFloatingType(type), options.name,
                    ": expected indices that are numbers, found ", type);
  TORCH_CHECK_VALUE(c10::isFloatingType(values.scalar_type()), options.name,
                    ": expected values of a floating type, found ", values.scalar_type());
  TORCH_CHECK_VALUE(options.num_labels >= 0 && options.num_labels <= kMaxLabels, options.name,
                    ": expected a number of labels from 0 to ", kMaxLabels, ", found ",
                    options.num_labels);
  IndexValueReport unread;
  IndexValueReport& counts = report == nullptr ? unread : *report;
  if (type == at::kUInt64) return decode_as<uint64_t>(indices, values, options, counts);
  return c10::isFloatingType(type) ? decode_as<double>(indices, values, options, counts)
                                   : decode_as<int64_t>(indices, values, options, counts);
}

}  // namespace spout
