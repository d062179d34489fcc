// Reads the data of a pickle without executing anything: an interpreter of the opcodes that
// torch.save emits. Calls of globals are left to the owner, who allows a short list of them.
// Values live in one arena, so that deep or circular ones (in a hostile file) need no special care.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace spout {

enum class PickleKind {
  kNone,
  kBool,
  kInt,
  kFloat,
  kText,
  kTuple,
  kList,
  kDict,     // items: key, value, key, value, ...
  kGlobal,   // text: "module name"
  kStorage,  // text: key; integer: elements; type
  kTensor,
};

struct PickleValue {
  PickleKind kind = PickleKind::kNone;
  int64_t integer = 0;  // the value of kBool and kInt, the elements of kStorage
  double number = 0;
  std::string text;
  std::vector<PickleValue*> items;
  at::ScalarType type = at::ScalarType::Undefined;
  at::Tensor tensor;
};

class PickleReader {
 public:
  using Arguments = std::vector<PickleValue*>;

  /// Returns the result of calling `global` ("module name").
  using Call = std::function<PickleValue(const std::string& global, const Arguments& arguments)>;
  /// Returns the object that a persistent id, a tuple, refers to.
  using Load = std::function<PickleValue(const Arguments& id)>;

  /// Makes a reader of `bytes`, which must outlive it.
  ///   name  the file, for errors
  PickleReader(std::string name, std::string_view bytes, Call call, Load load);

  /// Runs the pickle to its end. The result lives as long as the reader.
  ///   throws FileError on an opcode outside the list, on anything cut short or malformed
  const PickleValue& run();

 private:
  bool step(unsigned char opcode);
  bool step_number(unsigned char opcode);
  bool step_text(unsigned char opcode);
  bool step_container(unsigned char opcode);
  bool step_memo(unsigned char opcode);
  void step_call(unsigned char opcode);

  [[noreturn]] void refuse(const std::string& what) const;
  std::string_view take(uint64_t size);
  uint64_t take_unsigned(unsigned num_bytes);
  std::string_view take_line();

  PickleValue& push(PickleKind kind);
  void push(PickleValue value);
  PickleValue* pop();
  PickleValue& top(PickleKind kind);
  Arguments pop_to_mark();
  Arguments pop_count(size_t count);

  std::string name_;
  std::string_view bytes_;
  Call call_;
  Load load_;
  std::deque<PickleValue> arena_;
  std::vector<PickleValue*> stack_;
  std::vector<size_t> marks_;
  std::unordered_map<uint64_t, PickleValue*> memo_;
};

}  // namespace spout
