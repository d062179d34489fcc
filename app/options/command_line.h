// Reads a command line into the fields that an option list describes, and writes --help.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "spout/app/options/option.h"

namespace spout {

/// The options that were given on the command line, whatever their values.
class GivenOptions {
 public:
  bool has(std::string_view name) const;

 private:
  friend struct CommandWords parse_command_line(const OptionList&, size_t,
                                                const std::vector<std::string>&);
  std::vector<std::string> names_;
};

/// What a command line holds.
struct CommandWords {
  std::vector<std::string> words;  // the words that belong to no option
  GivenOptions given;
};

/// The parts of --help that are written by hand, in lines of at most 100 characters.
struct CommandHelp {
  std::string_view usage;     // "spout predict RUN --data DATA --output FILE"
  std::string_view summary;   // what the command does
  std::string_view examples;  // complete command lines, one per line
};

/// Sets the fields of `list` from the arguments after the command's name. An option on the command
/// line wins over --config FILE, which wins over the default.
///   positional  the number of words without a flag that the command takes
///   throws UserError on unknown options, surplus words and values of another type
CommandWords parse_command_line(const OptionList& list, size_t positional,
                                const std::vector<std::string>& arguments);

/// Whether an option has different values in two lists of the same options.
bool differs(const OptionList& list, const OptionList& usual, std::string_view name);

/// The text of --help: summary, usage, every option with its default and range, examples.
std::string help_text(const CommandHelp& help, const OptionList& list);

/// Whether --help or -h is among the arguments.
bool wants_help(const std::vector<std::string>& arguments);

}  // namespace spout
