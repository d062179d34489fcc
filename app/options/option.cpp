#include "spout/app/options/option.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include <fmt/format.h>

#include "spout/app/options/synonyms.h"
#include "spout/sparse/base/characters.h"

namespace spout {
namespace {

template <class Number>
std::optional<Number> parse(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<double> parse_finite(std::string_view text) {
  const auto number = parse<double>(text);
  return number && std::isfinite(*number) ? number : std::nullopt;
}

/// Parses numbers with commas between.
///   parse_one  parses one of them; returns nullopt on anything else
template <class ParseOne>
auto parse_list(std::string_view text, const ParseOne& parse_one) {
  using Number = typename decltype(parse_one(text))::value_type;
  std::vector<Number> numbers;
  std::optional<std::vector<Number>> none;
  bool has_more = !text.empty();
  while (has_more) {
    const size_t comma = std::min(text.find(','), text.size());
    const std::optional<Number> number = parse_one(text.substr(0, comma));
    if (!number) return none;
    numbers.push_back(*number);
    has_more = comma < text.size();  // behind a comma there is one more
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return std::optional(numbers);
}

/// Stores the parsed value; throws UserError with what was expected if there is none.
template <class Parsed, class Field>
void store(const Option& option, const std::string& text, const Parsed& parsed, Field* field,
           const char* expected) {
  if (!parsed) {
    throw UserError(fmt::format("--{}: expected {}, found '{}'", option.name, expected, text));
  }
  *field = *parsed;
}

std::optional<bool> parse_bool(const std::string& text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return std::nullopt;
}

struct Setter {
  const Option& option;
  const std::string& text;

  void operator()(const TextField& field) const {
    if (field.set(text)) return;
    if (!option.choices.empty()) refuse_choice(option.name, text, option.choices);
    throw UserError(
        fmt::format("--{}: expected {}, found '{}'", option.name, field.expected, text));
  }
  void operator()(std::string* field) const { *field = text; }
  void operator()(int64_t* field) const {
    store(option, text, parse<int64_t>(text), field, "a whole number");
  }
  void operator()(double* field) const {
    store(option, text, parse_finite(text), field, "a number");
  }
  void operator()(bool* field) const {
    store(option, text, parse_bool(text), field, "true or false");
  }
  void operator()(std::vector<int64_t>* field) const {
    if (!text.empty() && text == option.word_for_none) return field->clear();
    const std::string expected =
        option.word_for_none.empty()
            ? "whole numbers with commas between"
            : fmt::format("{} or whole numbers with commas between", option.word_for_none);
    store(option, text, parse_list(text, parse<int64_t>), field, expected.c_str());
  }
  void operator()(std::vector<double>* field) const {
    store(option, text, parse_list(text, parse_finite), field, "numbers with commas between");
  }
};

/// Calls body(number) for each number in a field; fields without numbers have none.
struct ForEachNumber {
  const std::function<void(double)>& body;

  void operator()(const int64_t* field) const { body(static_cast<double>(*field)); }
  void operator()(const double* field) const { body(*field); }
  template <class Number>
  void operator()(const std::vector<Number>* field) const {
    for (const Number number : *field)
      body(static_cast<double>(number));
  }
  void operator()(const std::string* /*field*/) const {}
  void operator()(const bool* /*field*/) const {}
  void operator()(const TextField& /*field*/) const {}
};

/// The range for errors: "a number from 0 to 1", "0 or more".
std::string range_text(const Option& option) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (option.high == kInfinity) return fmt::format("{} or more", option.low);
  if (option.low == -kInfinity) return fmt::format("{} at most", option.high);
  return fmt::format("a number from {} to {}", option.low, option.high);
}

struct Printer {
  std::string operator()(const TextField& field) const { return field.text(); }
  std::string operator()(const std::string* field) const { return *field; }
  std::string operator()(const int64_t* field) const { return fmt::format("{}", *field); }
  std::string operator()(const double* field) const { return fmt::format("{}", *field); }
  std::string operator()(const bool* field) const { return *field ? "true" : "false"; }
  template <class Number>
  std::string operator()(const std::vector<Number>* field) const {
    std::string text;
    for (const Number number : *field)
      text += fmt::format("{}{}", text.empty() ? "" : ",", number);
    return text;
  }
};

/// The Levenshtein distance: the fewest insertions, deletions and replacements from a to b.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

}  // namespace

Option Option::in(double lowest, double highest) && {
  low = lowest;
  high = highest;
  return std::move(*this);
}

Option Option::one_of(std::vector<std::string> words) && {
  choices = std::move(words);
  return std::move(*this);
}

Option Option::none_is(std::string word) && {
  word_for_none = std::move(word);
  return std::move(*this);
}

Option Option::unsaved() && {
  is_saved = false;
  return std::move(*this);
}

Option Option::changeable() && {
  may_change = true;
  return std::move(*this);
}

OptionGroup& OptionGroup::add(std::vector<Option> more) {
  for (Option& option : more)
    options.push_back(std::move(option));
  return *this;
}

std::string joined(const std::vector<std::string>& names, const char* between) {
  std::string text;
  for (const std::string& name : names)
    if (!name.empty()) text += (text.empty() ? "" : between) + name;
  return text;
}

void refuse_choice(const std::string& option, const std::string& name,
                   const std::vector<std::string>& known) {
  throw UserError(fmt::format("--{}: '{}' is unknown{} (known: {})", option, name,
                              did_you_mean(name, known), joined(known)));
}

void check_word(const std::string& option, const std::string& word,
                const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), word) == known.end()) {
    refuse_choice(option, word, known);
  }
}

void check_values(const OptionList& list) {
  for (const OptionGroup& group : list) {
    for (const Option& option : group.options) {
      if (!option.choices.empty()) check_word(option.name, option_text(option), option.choices);
      std::visit(ForEachNumber{[&](double number) {
                   if (number >= option.low && number <= option.high) return;
                   throw UserError(fmt::format("--{}: expected {}, found {}", option.name,
                                               range_text(option), number));
                 }},
                 option.field);
    }
  }
}

const Option* find_option(const OptionList& list, std::string_view name) {
  for (const OptionGroup& group : list) {
    for (const Option& option : group.options) {
      if (option.name == name) return &option;
    }
  }
  return nullptr;
}

void set_option(const Option& option, const std::string& text) {
  std::visit(Setter{option, text}, option.field);
}

std::string option_text(const Option& option) {
  const std::string text = std::visit(Printer{}, option.field);
  return text.empty() ? option.word_for_none : text;
}

std::string nearest(std::string_view given, const std::vector<std::string>& known) {
  // Dashes in front belong to options, and others write '_' or capitals.
  const std::string dashes(given.substr(0, std::min(given.find_first_not_of('-'), given.size())));
  std::string word = lower_case(given);
  std::replace(word.begin(), word.end(), '_', '-');
  const std::string synonym = name_for_synonym(word.substr(dashes.size()));
  if (!synonym.empty() && std::find(known.begin(), known.end(), dashes + synonym) != known.end()) {
    return dashes + synonym;
  }
  std::string best;
  size_t best_distance = word.size() / 3 + 2;  // a word farther away is not a likely typo
  for (const std::string& candidate : known) {
    if (word.size() > 2 * candidate.size() + 4) continue;  // far away, and costly to compare
    const size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
  const std::string near = nearest(word, known);
  return near.empty() ? "" : fmt::format("; did you mean '{}'?", near);
}

}  // namespace spout
