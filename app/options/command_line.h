// The command line of one command: words and flags into the fields of its option list.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/options/option.h"

namespace spout {

/// How a command introduces itself in --help.
struct CommandHelp {
  std::string_view usage;     // "spout predict RUN --data DATA --output FILE"
  std::string_view summary;   // what it does
  std::string_view examples;  // complete command lines, one each
};

/// Fills the fields of `list` from the arguments after the command's name. Options named on the
/// command line win over --config FILE, which wins over the defaults.
///   positional   how many words without a flag the command takes
///   said         (may be null) is given the names of options on the command line
///   returns those words; throws UserError
std::vector<std::string> parse_command_line(const OptionList& list, size_t positional,
                                            const std::vector<std::string>& arguments,
                                            std::vector<std::string>* said = nullptr);

/// The text of --help.
std::string help_text(const CommandHelp& help, const OptionList& list);

/// Whether --help or -h is among the arguments.
bool wants_help(const std::vector<std::string>& arguments);

}  // namespace spout
