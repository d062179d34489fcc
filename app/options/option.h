// A command describes each field of its options struct once, in a list. Flags, --help, config file,
// options.json, range checks and error messages all come from that list.
#pragma once

#include <cstdint>
#include <functional>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace spout {

/// A mistake of the user, told in one line; exit code 2.
class UserError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A field of any other type, set from text and written as text.
struct TextField {
  // Sets the field; returns false if the text stands for no value.
  std::function<bool(const std::string&)> set;
  // The text that stands for the value.
  std::function<std::string()> text;
  // What set() accepts, for the error of an option that has no choices.
  std::string expected{};
};

using OptionField = std::variant<std::string*, int64_t*, double*, bool*, std::vector<int64_t>*,
                                 std::vector<double>*, TextField>;

struct Option {
  std::string name;         // without the dashes
  OptionField field;        // receives the value; until then it holds the default
  std::string placeholder;  // what --help calls the value; empty for a flag
  std::string help;         // one sentence or more
  // The allowed words; empty: any. check_values() enforces them, and the range below.
  std::vector<std::string> choices{};
  // The range of a number, or of each number of a list.
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  // The word for a list without numbers, such as "auto"; empty: there is none.
  std::string word_for_none{};
  // Whether options.json holds the option; others are orders for one call, such as --force.
  bool is_saved = true;
  // Whether a resumed run may have another value, since it does not affect what is learned.
  bool may_change = false;

  Option in(double lowest, double highest) &&;
  Option at_least(double lowest) && { return std::move(*this).in(lowest, high); }
  Option one_of(std::vector<std::string> words) &&;
  Option none_is(std::string word) &&;
  Option unsaved() &&;
  Option changeable() &&;
};

/// A heading of --help and the options under it.
struct OptionGroup {
  std::string title;
  std::vector<Option> options;

  /// Appends options, such as those that several commands share.
  OptionGroup& add(std::vector<Option> more);
};
using OptionList = std::vector<OptionGroup>;

/// The names in a table, for Option::one_of().
template <class Table>
std::vector<std::string> names_in(const Table& table) {
  std::vector<std::string> names;
  names.reserve(std::size(table));
  for (const auto& entry : table)
    names.emplace_back(entry.name);
  return names;
}

/// Names in one line, "name|name"; empty ones are left out.
std::string joined(const std::vector<std::string>& names, const char* between = "|");

/// An option whose field is an enumeration.
///   table  names and values of the enumeration (NamedValue)
template <class Value, class Table>
Option choice(std::string name, Value& field, const Table& table, std::string help) {
  const auto set = [&field, &table](const std::string& text) {
    for (const auto& entry : table) {
      if (entry.name != text) continue;
      field = entry.value;
      return true;
    }
    return false;
  };
  const auto text = [&field, &table] {
    for (const auto& entry : table) {
      if (entry.value == field) return std::string(entry.name);
    }
    return std::string();
  };
  return Option{std::move(name), TextField{set, text}, "NAME", std::move(help)}.one_of(
      names_in(table));
}

/// Throws UserError "--option: 'name' is unknown; did you mean ... (known: ...)".
[[noreturn]] void refuse_choice(const std::string& option, const std::string& name,
                                const std::vector<std::string>& known);

/// Throws UserError unless `word` is one of `known`.
void check_word(const std::string& option, const std::string& word,
                const std::vector<std::string>& known);

/// The entry of a table that is called `name`.
///   option  the option that names it, for the error      throws UserError if there is none
template <class Table>
const auto& choose(const Table& table, const std::string& option, const std::string& name) {
  for (const auto& entry : table) {
    if (entry.name == name) return entry;
  }
  refuse_choice(option, name, names_in(table));
}

/// Throws UserError on the first option whose value is out of range or is none of its choices.
void check_values(const OptionList& list);

/// The option of that name, or null.
const Option* find_option(const OptionList& list, std::string_view name);

/// Sets a field from text; throws UserError "--name: expected ..., found '...'".
void set_option(const Option& option, const std::string& text);

/// The value as the text that set_option() reads: "512,256", "0.1", "true".
std::string option_text(const Option& option);

/// The word of `known` that `given` was most likely meant to be, because few letters differ or
/// because other programs call it so; empty if there is none.
std::string nearest(std::string_view given, const std::vector<std::string>& known);

/// "; did you mean 'train'?", or an empty text if no known word is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

}  // namespace spout
