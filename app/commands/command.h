// The commands of the executable: each has a file of its own and a line in the table in
// command.cpp.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spout {

/// A line of the table of commands.
struct Command {
  std::string_view name;
  std::string_view help;
  /// Runs the command with the words after its name. Results go to stdout, messages to stderr;
  /// errors are thrown.
  void (*run)(const std::vector<std::string>& arguments);
};

std::span<const Command> command_table();

void run_train(const std::vector<std::string>& arguments);
void run_evaluate(const std::vector<std::string>& arguments);
void run_predict(const std::vector<std::string>& arguments);
void run_export(const std::vector<std::string>& arguments);
void run_convert(const std::vector<std::string>& arguments);
void run_synth(const std::vector<std::string>& arguments);
void run_inspect(const std::vector<std::string>& arguments);

}  // namespace spout
