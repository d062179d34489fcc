#include "app/options/option.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>

#include <fmt/format.h>

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

/// Numbers with commas between.
///   parse_one  of each
template <class ParseOne>
auto parse_list(std::string_view text, const ParseOne& parse_one) {
  using Number = typename decltype(parse_one(text))::value_type;
  std::vector<Number> numbers;
  std::optional<std::vector<Number>> none;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    const std::optional<Number> number = parse_one(text.substr(0, comma));
    if (!number) return none;
    numbers.push_back(*number);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return std::optional(numbers);
}

/// Stores the parsed value, or says what would have been right.
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
    store(option, text, parse_list(text, parse<int64_t>), field,
          "whole numbers with commas between");
  }
  void operator()(std::vector<double>* field) const {
    store(option, text, parse_list(text, parse_finite), field, "numbers with commas between");
  }
};

struct Printer {
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

/// Levenshtein distance: insertions, deletions and replacements from one word to the other.
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

void refuse_choice(const std::string& option, const std::string& name,
                   const std::vector<std::string>& known) {
  std::string all;
  for (const std::string& one : known)
    all += (all.empty() ? "" : "|") + one;
  throw UserError(fmt::format("--{}: '{}' is unknown{} (known: {})", option, name,
                              did_you_mean(name, known), all));
}

void check_word(const std::string& option, const std::string& word,
                const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), word) == known.end()) {
    refuse_choice(option, word, known);
  }
}

void check_range(const char* option, double value, double low, double high) {
  if (value >= low && value <= high) return;
  throw UserError(
      fmt::format("--{}: expected a number from {} to {}, found {}", option, low, high, value));
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
  return std::visit(Printer{}, option.field);
}

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  std::string best;
  size_t best_distance = word.size() / 3 + 2;  // farther away is no likely slip of the finger
  for (const std::string& candidate : known) {
    if (word.size() > 2 * candidate.size() + 4) continue;  // farther away, and costly to compare
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
