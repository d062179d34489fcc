// Options, each written once: a command describes the fields of its struct in a list, and flags,
// --help, config file, options.json and the error messages all come from that list.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace spout {

/// A mistake of the person at the keyboard: one line, exit code 2.
class UserError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

using OptionField = std::variant<std::string*, int64_t*, double*, bool*, std::vector<int64_t>*,
                                 std::vector<double>*>;

struct Option {
  std::string name;         // without the dashes
  OptionField field;        // where the value goes; what stands there is the default
  std::string placeholder;  // what --help calls the value; empty for a flag
  std::string help;
  bool saved = true;        // false: an order for this time only, not part of options.json
  bool may_change = false;  // when a run is resumed: it does not decide what is learnt
};

/// A heading of --help and the options under it.
struct OptionGroup {
  std::string title;
  std::vector<Option> options;
};
using OptionList = std::vector<OptionGroup>;

/// "name|name": the entries of a table, for --help.
template <class Table>
std::string choices(const Table& table) {
  std::string text;
  for (const auto& entry : table) {
    if (!text.empty()) text += '|';
    text += entry.name;
  }
  return text;
}

/// Throws UserError "--option: 'name' is unknown; did you mean ..." with the names there are.
[[noreturn]] void refuse_choice(const std::string& option, const std::string& name,
                                const std::vector<std::string>& known);

/// Throws UserError unless `word` is one of `known`.
void check_word(const std::string& option, const std::string& word,
                const std::vector<std::string>& known);

/// The entry of a table that --option calls `name`; UserError where there is none.
template <class Table>
const auto& choose(const Table& table, const std::string& option, const std::string& name) {
  std::vector<std::string> known;
  for (const auto& entry : table) {
    if (entry.name == name) return entry;
    known.emplace_back(entry.name);
  }
  refuse_choice(option, name, known);
}

/// Throws UserError "--option: expected a number from low to high, found value" unless it is one.
void check_range(const char* option, double value, double low, double high);

/// The option of that name, or null.
const Option* find_option(const OptionList& list, std::string_view name);

/// Sets a field from text; throws UserError "--name: expected ..., found '...'".
void set_option(const Option& option, const std::string& text);

/// "512,256", "0.1", "true": what set_option would read.
std::string option_text(const Option& option);

/// Of `known`, the one that `word` was most likely meant to be; empty if none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

/// "; did you mean 'train'?", or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

}  // namespace spout
