// The third step of a tokenizer: the tokens of one piece of text.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace spout {

class TokenModel {
 public:
  TokenModel() = default;
  virtual ~TokenModel() = default;
  TokenModel(const TokenModel&) = delete;
  TokenModel& operator=(const TokenModel&) = delete;

  /// Appends the ids of a piece, which is not empty.
  virtual void encode(std::string_view piece, std::vector<int64_t>& ids) const = 0;

  /// The id of a token, or -1.
  virtual int64_t find(std::string_view token) const = 0;

  /// The number of different tokens, and the largest id + 1.
  virtual int64_t size() const = 0;
  virtual int64_t vocabulary() const = 0;

  /// The id of what is not in the vocabulary; -1 if there is none.
  virtual int64_t unknown() const = 0;
};

using TokenModelPtr = std::unique_ptr<const TokenModel>;

}  // namespace spout
