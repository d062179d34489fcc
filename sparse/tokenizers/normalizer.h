// The first step of a tokenizer: rewriting the text. normalizers.h holds the simple ones.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace spout {

class Normalizer {
 public:
  Normalizer() = default;
  virtual ~Normalizer() = default;
  Normalizer(const Normalizer&) = delete;
  Normalizer& operator=(const Normalizer&) = delete;

  /// Appends the rewritten `text`, valid UTF-8, to `out`, which does not hold `text`.
  virtual void append(std::string_view text, std::string& out) const = 0;
};

using NormalizerPtr = std::unique_ptr<const Normalizer>;

}  // namespace spout
