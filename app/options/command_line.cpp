#include "app/options/command_line.h"

#include <algorithm>
#include <cxxopts.hpp>

#include <fmt/format.h>

#include "app/options/config_file.h"

namespace spout {
namespace {

bool is_flag(const Option& option) {
  return std::holds_alternative<bool*>(option.field);
}

/// cxxopts knows every value as text; set_option reads it, so that all errors look alike.
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

/// A word that begins like an option but is none; "-" alone names standard input.
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

}  // namespace

std::vector<std::string> parse_command_line(const OptionList& list, size_t positional,
                                            const std::vector<std::string>& arguments,
                                            std::vector<std::string>* said) {
  const cxxopts::ParseResult parsed = parse(list, arguments);
  std::vector<std::string> words = parsed.unmatched();
  for (const std::string& word : words) {
    if (!looks_like_option(word)) continue;
    const std::string name = word.substr(0, word.find('='));
    throw UserError(fmt::format("unknown option {}{}", name, did_you_mean(name, names_of(list))));
  }
  if (words.size() > positional) {
    throw UserError(fmt::format("unexpected '{}'; see --help", words[positional]));
  }
  if (find_option(list, "config") != nullptr && parsed.count("config") > 0) {
    read_config(list, parsed["config"].as<std::string>());
  }
  if (said != nullptr) said->clear();
  for (const auto& value : parsed.arguments()) {
    if (said != nullptr) said->push_back(value.key());
    set_option(*find_option(list, value.key()), value.value());
  }
  return words;
}

std::string help_text(const CommandHelp& help, const OptionList& list) {
  std::string text = fmt::format("{}\n\nusage: {}\n", help.summary, help.usage);
  for (const OptionGroup& group : list) {
    text += fmt::format("\n{}\n", group.title);
    for (const Option& option : group.options) {
      const std::string left = is_flag(option)
                                   ? fmt::format("--{}", option.name)
                                   : fmt::format("--{} {}", option.name, option.placeholder);
      const std::string value = is_flag(option) ? "" : option_text(option);
      text += fmt::format("  {:<28} {}{}\n", left, option.help,
                          value.empty() ? "" : fmt::format(" [{}]", value));
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
