// The interpreter of pickles. Opcodes are those of Python's pickletools.
#include "spout/sparse/files/torch/pickle_reader.h"

#include <fmt/format.h>

#include <bit>
#include <utility>

#include "spout/sparse/base/error.h"
#include "spout/sparse/base/numbers.h"

namespace spout {

PickleReader::PickleReader(std::string name, std::string_view bytes, Call call, Load load)
    : name_(std::move(name)), bytes_(bytes), call_(std::move(call)), load_(std::move(load)) {}

const PickleValue& PickleReader::run() {
  constexpr unsigned char kStop = '.';
  for (;;) {
    const auto opcode = static_cast<unsigned char>(take(1)[0]);
    if (opcode == kStop) break;
    if (!step(opcode)) refuse(fmt::format("the pickle opcode 0x{:02x}", opcode));
  }
  return *pop();
}

void PickleReader::refuse(const std::string& what) const {
  throw FileError(
      fmt::format("{}: expected tensors, dicts, lists and plain values, found {}", name_, what));
}

std::string_view PickleReader::take(uint64_t size) {
  if (size > bytes_.size()) refuse("a pickle that ends too early");
  const std::string_view part = bytes_.substr(0, size);
  bytes_.remove_prefix(size);
  return part;
}

uint64_t PickleReader::take_unsigned(unsigned num_bytes) {
  uint64_t value = 0;
  unsigned shift = 0;
  for (const char c : take(num_bytes)) {
    value |= uint64_t{static_cast<unsigned char>(c)} << shift;
    shift += 8;
  }
  return value;
}

std::string_view PickleReader::take_line() {
  const size_t end = bytes_.find('\n');
  if (end == std::string_view::npos) refuse("a pickle that ends too early");
  const std::string_view line = take(end);
  take(1);
  return line;
}

PickleValue& PickleReader::push(PickleKind kind) {
  push(PickleValue{});
  stack_.back()->kind = kind;
  return *stack_.back();
}

void PickleReader::push(PickleValue value) {
  constexpr size_t kMaxValues = 1 << 20;  // a value takes a hundred times its bytes in the file
  if (arena_.size() >= kMaxValues) refuse("more than a million values");
  stack_.push_back(&arena_.emplace_back(std::move(value)));
}

PickleValue* PickleReader::pop() {
  if (stack_.empty() || (!marks_.empty() && marks_.back() == stack_.size())) {
    refuse("a pickle that uses a value it never stored");
  }
  PickleValue* value = stack_.back();
  stack_.pop_back();
  return value;
}

PickleValue& PickleReader::top(PickleKind kind) {
  if (stack_.empty() || stack_.back()->kind != kind) refuse("a pickle with items out of place");
  return *stack_.back();
}

PickleReader::Arguments PickleReader::pop_to_mark() {
  if (marks_.empty()) refuse("a pickle that uses a value it never stored");
  const auto start = stack_.begin() + static_cast<ptrdiff_t>(marks_.back());
  marks_.pop_back();
  Arguments items(start, stack_.end());
  stack_.erase(start, stack_.end());
  return items;
}

PickleReader::Arguments PickleReader::pop_count(size_t count) {
  Arguments items(count);
  while (count > 0)
    items[--count] = pop();
  return items;
}

bool PickleReader::step(unsigned char opcode) {
  switch (opcode) {
    case 0x80:  // PROTO
      if (take_unsigned(1) > 4) refuse("a pickle of a newer protocol");
      return true;
    case 'c':
    case 'R':
    case 'b':
    case 'Q':
      step_call(opcode);
      return true;
    default:
      return step_number(opcode) || step_text(opcode) || step_container(opcode) ||
             step_memo(opcode);
  }
}

bool PickleReader::step_number(unsigned char opcode) {
  switch (opcode) {
    case 'N':
      push(PickleKind::kNone);
      return true;
    case 0x88:  // NEWTRUE
    case 0x89:  // NEWFALSE
      push(PickleKind::kBool).integer = opcode == 0x88;
      return true;
    case 'K':
      push(PickleKind::kInt).integer = static_cast<int64_t>(take_unsigned(1));
      return true;
    case 'M':
      push(PickleKind::kInt).integer = static_cast<int64_t>(take_unsigned(2));
      return true;
    case 'J':
      push(PickleKind::kInt).integer = static_cast<int32_t>(take_unsigned(4));
      return true;
    case 0x8a: {  // LONG1: two's complement of as many bytes
      const auto num_bytes = static_cast<unsigned>(take_unsigned(1));
      if (num_bytes > 8) refuse("an integer beyond 64 bits");
      const unsigned unused_bits = 64 - 8 * num_bytes;
      const uint64_t bits = take_unsigned(num_bytes);
      push(PickleKind::kInt).integer =
          num_bytes == 0 ? 0 : static_cast<int64_t>(bits << unused_bits) >> unused_bits;
      return true;
    }
    case 'G': {  // BINFLOAT: big-endian
      uint64_t bits = 0;
      for (const char c : take(8))
        bits = bits << 8 | static_cast<unsigned char>(c);
      push(PickleKind::kFloat).number = std::bit_cast<double>(bits);
      return true;
    }
    default:
      return false;
  }
}

bool PickleReader::step_text(unsigned char opcode) {
  if (opcode != 'X' && opcode != 0x8c) return false;  // BINUNICODE, SHORT_BINUNICODE
  const std::string_view text = take(take_unsigned(opcode == 'X' ? 4 : 1));
  push(PickleKind::kText).text = text;
  return true;
}

bool PickleReader::step_container(unsigned char opcode) {
  const auto extend = [this](PickleKind kind, Arguments more) {
    auto& items = top(kind).items;
    if (kind == PickleKind::kDict && more.size() % 2 != 0) refuse("a key without a value");
    items.insert(items.end(), more.begin(), more.end());
  };
  switch (opcode) {
    case '(':
      marks_.push_back(stack_.size());
      return true;
    case ')':
      push(PickleKind::kTuple);
      return true;
    case ']':
      push(PickleKind::kList);
      return true;
    case '}':
      push(PickleKind::kDict);
      return true;
    case 't': {
      Arguments items = pop_to_mark();
      push(PickleKind::kTuple).items = std::move(items);
      return true;
    }
    case 0x85:    // TUPLE1
    case 0x86:    // TUPLE2
    case 0x87: {  // TUPLE3
      Arguments items = pop_count(opcode - 0x84u);
      push(PickleKind::kTuple).items = std::move(items);
      return true;
    }
    case 'a':
      extend(PickleKind::kList, pop_count(1));
      return true;
    case 'e':
      extend(PickleKind::kList, pop_to_mark());
      return true;
    case 's':
      extend(PickleKind::kDict, pop_count(2));
      return true;
    case 'u':
      extend(PickleKind::kDict, pop_to_mark());
      return true;
    default:
      return false;
  }
}

bool PickleReader::step_memo(unsigned char opcode) {
  const bool put = opcode == 'q' || opcode == 'r';
  if (!put && opcode != 'h' && opcode != 'j') return false;
  const uint64_t key = take_unsigned(opcode == 'q' || opcode == 'h' ? 1 : 4);
  if (put) {
    if (stack_.empty()) refuse("a pickle that uses a value it never stored");
    memo_[key] = stack_.back();
    return true;
  }
  const auto found = memo_.find(key);
  if (found == memo_.end()) refuse("a pickle that uses a value it never stored");
  stack_.push_back(found->second);
  return true;
}

void PickleReader::step_call(unsigned char opcode) {
  if (opcode == 'c') {  // GLOBAL
    const std::string_view module = take_line();
    const std::string_view name = take_line();
    push(PickleKind::kGlobal).text = fmt::format("{} {}", module, name);
    return;
  }
  const PickleValue* argument = pop();
  if (opcode == 'b') {  // BUILD: attributes of a dict (a state dict's _metadata) are ignored
    top(PickleKind::kDict);
    return;
  }
  if (argument->kind != PickleKind::kTuple) refuse("a call without its arguments");
  if (opcode == 'Q') {  // BINPERSID
    push(load_(argument->items));
    return;
  }
  const PickleValue* function = pop();  // REDUCE
  if (function->kind != PickleKind::kGlobal) refuse("a call of what cannot be called");
  push(call_(function->text, argument->items));
}

}  // namespace spout
