#include "spout/app/options/command_line.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <cxxopts.hpp>
#include <limits>

#include <fmt/format.h>

#include "spout/app/options/config_file.h"

namespace spout {
namespace {

/// The range for --help: "0 to 1", "at least 0"; empty if any number will do.
std::string range_of(const Option& option) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (option.low == -kInfinity && option.high == kInfinity) return "";
  if (option.high == kInfinity) return fmt::format("at least {}", option.low);
  if (option.low == -kInfinity) return fmt::format("at most {}", option.high);
  return fmt::format("{} to {}", option.low, option.high);
}

bool is_flag(const Option& option) {
  return std::holds_alternative<bool*>(option.field);
}

/// Declares every value as text to cxxopts; set_option() reads them, so that all errors look alike.
cxxopts::Options declare(const OptionList& list) {
  cxxopts::Options declared("spout");
  declared.allow_unrecognised_options();
  for (const OptionGroup& group : list) {
    for (const Option& option : group.options) {
      if (is_flag(option)) {
        declared.add_options()(option.name, option.help,
                               cxxopts::value<std::string>()->implicit_value("true"));
      } else {
        declared.add_options()(option.name, option.help, cxxopts::value<std::string>());
      }
    }
  }
  return declared;
}

std::vector<std::string> names_of(const OptionList& list) {
  std::vector<std::string> names;
  for (const OptionGroup& group : list) {
    for (const Option& option : group.options)
      names.push_back("--" + option.name);
  }
  return names;
}

/// Whether a word begins like an option; "-" alone names standard input.
bool looks_like_option(const std::string& word) {
  return word.size() > 1 && word.front() == '-';
}

cxxopts::ParseResult parse(const OptionList& list, const std::vector<std::string>& arguments) {
  std::vector<const char*> words{"spout"};
  for (const std::string& argument : arguments)
    words.push_back(argument.c_str());
  try {
    return declare(list).parse(static_cast<int>(words.size()), words.data());
  } catch (const cxxopts::exceptions::missing_argument&) {
    throw UserError(fmt::format("{}: expected a value after it", arguments.back()));
  } catch (const cxxopts::exceptions::exception& error) {
    throw UserError(error.what());
  }
}

/// The left column of --help: "--hidden WIDTHS", or with few short choices "--layout csr|csc|coo".
std::string left_of(const Option& option) {
  constexpr size_t kShort = 24;
  if (is_flag(option)) return "--" + option.name;
  const std::string words = joined(option.choices);
  return fmt::format("--{} {}", option.name,
                     !words.empty() && words.size() <= kShort ? words : option.placeholder);
}

/// The right column of --help: what the option does, longer choices, and "[default; range]".
std::string sentences_of(const Option& option) {
  std::string text = option.help;
  const std::string words = joined(option.choices);
  if (!words.empty() && left_of(option).find(words) == std::string::npos) {
    text += fmt::format(" One of: {}.", joined(option.choices, ", "));
  }
  const std::string value = is_flag(option) ? "" : option_text(option);
  const std::string range = range_of(option);
  if (value.empty() && range.empty()) return text;
  return text + fmt::format(" [{}{}{}]", value, value.empty() || range.empty() ? "" : "; ", range);
}

/// Wraps the right column into lines of at most 100 characters, beside and below `first`.
std::string wrapped(const std::string& first, const std::string& text) {
  constexpr size_t kIndent = 28;
  constexpr size_t kWidth = 100;
  std::string result;
  std::string line = first;
  if (line.size() + 2 > kIndent) {
    result += line + "\n";
    line = std::string(kIndent, ' ');
  }
  line.resize(kIndent, ' ');
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    const std::string word = text.substr(begin, end - begin);
    if (line.size() > kIndent && line.size() + 1 + word.size() > kWidth) {
      result += line + "\n";
      line = std::string(kIndent, ' ');
    }
    if (line.size() > kIndent) line += ' ';
    line += word;
    begin = end + 1;
  }
  return result + line + "\n";
}

bool is_array_name(const std::string& word) {
  return word.ends_with(".npz") || word.ends_with(".npy") || word.ends_with(".pt");
}

}  // namespace

bool GivenOptions::has(std::string_view name) const {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

CommandWords parse_command_line(const OptionList& list, size_t positional,
                                const std::vector<std::string>& arguments) {
  const cxxopts::ParseResult parsed = parse(list, arguments);
  CommandWords read;
  read.words = parsed.unmatched();
  for (const std::string& word : read.words) {
    if (!looks_like_option(word)) continue;
    const std::string name = word.substr(0, word.find('='));
    throw UserError(fmt::format("unknown option {}{}", name, did_you_mean(name, names_of(list))));
  }
  if (read.words.size() > positional) {
    const std::string& word = read.words[positional];
    const bool is_array = std::any_of(read.words.begin(), read.words.end(), is_array_name);
    throw UserError(fmt::format(
        "unexpected '{}'; see --help{}", word,
        is_array ? "; a pair is one word, with a comma and no blank: X.npz,Y.npz" : ""));
  }
  if (find_option(list, "config") != nullptr && parsed.count("config") > 0) {
    read_config(list, parsed["config"].as<std::string>());
  }
  for (const auto& value : parsed.arguments()) {
    read.given.names_.push_back(value.key());
    set_option(*find_option(list, value.key()), value.value());
  }
  return read;
}

bool differs(const OptionList& list, const OptionList& usual, std::string_view name) {
  const Option* option = find_option(list, name);
  const Option* usual_option = find_option(usual, name);
  TORCH_CHECK(option != nullptr && usual_option != nullptr, "there is no option --", name);
  return option_text(*option) != option_text(*usual_option);
}

std::string help_text(const CommandHelp& help, const OptionList& list) {
  std::string text = fmt::format("{}\n\nusage: {}\n", help.summary, help.usage);
  for (const OptionGroup& group : list) {
    text += fmt::format("\n{}\n", group.title);
    for (const Option& option : group.options) {
      text += wrapped("  " + left_of(option), sentences_of(option));
    }
  }
  return text + fmt::format("\nexamples\n{}\n", help.examples);
}

bool wants_help(const std::vector<std::string>& arguments) {
  return std::any_of(arguments.begin(), arguments.end(), [](const std::string& argument) {
    return argument == "--help" || argument == "-h";
  });
}

}  // namespace spout
