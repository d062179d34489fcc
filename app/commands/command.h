// The commands of the executable, one file each; the table is in command.cpp.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spout {

/// A line of the table.
struct Command {
  std::string_view name;
  std::string_view help;
  /// Does the work with the words after the command's name. Results go to stdout, the rest to
  /// stderr; errors are thrown.
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
