// The executable `spout`. It runs the command that the first word names, and turns whatever is
// thrown into one line on stderr and an exit code: 2 for a mistake of the user, 1 for a failure of
// the program, 130 after a signal.
#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <new>
#include <string>
#include <vector>

#include "spout/app/commands/command.h"
#include "spout/app/options/option.h"
#include "spout/app/process/interrupt.h"
#include "spout/app/process/say.h"
#include "spout/app/process/version.h"
#include "spout/app/process/wait_policy.h"
#include "spout/models/encoders/module_encoder.h"
#include "spout/sparse/base/error.h"
#include "spout/sparse/files/text/adjacency.h"
#include "spout/sparse/files/text/format.h"
#include "spout/sparse/files/text/labeled_rows.h"
#include "spout/sparse/interactions/reading.h"
#include "spout/sparse/layout/csr.h"

namespace {

constexpr int kUserMistake = 2;
constexpr int kOurMistake = 1;
constexpr int kInterrupted = 130;

std::string usage() {
  std::string text =
      "spout trains models whose output is a huge sparse matrix.\n\n"
      "usage: spout COMMAND [options]     spout COMMAND --help     spout --version\n\n";
  for (const spout::Command& command : spout::command_table()) {
    text += fmt::format("  {:<10} {}\n", command.name, command.help);
  }
  return text +
         "\nto begin with\n"
         "  spout synth --rows 2000 --features 1000 --labels 500 --seed 1 --output data\n"
         "  spout train --train data/train.txt --output run\n"
         "  spout evaluate run --data data/test.txt\n"
         "  spout predict run --data data/test.txt --output predictions.npz\n";
}

const spout::Command& find_command(const std::string& name) {
  std::vector<std::string> known;
  for (const spout::Command& command : spout::command_table()) {
    if (command.name == name) return command;
    known.emplace_back(command.name);
  }
  const std::string hint = spout::did_you_mean(name, known);
  throw spout::UserError(fmt::format("unknown command '{}'{}{} spout --help", name, hint,
                                     hint.empty() ? "; see" : " See"));
}

void run(const std::vector<std::string>& arguments) {
  if (arguments.empty()) throw spout::UserError("no command given; see spout --help");
  const std::string& first = arguments.front();
  if (first == "--help" || first == "-h" || first == "help") {
    fmt::print("{}", usage());
  } else if (first == "--version") {
    fmt::print("{}\n", spout::version_text());
  } else {
    find_command(first).run({arguments.begin() + 1, arguments.end()});
  }
}

/// Swallows torch's warning that sparse CSR is in beta, which comes once per process and about
/// which the user can do nothing.
void spend_beta_warning() {
  class Silence : public c10::WarningHandler {
   public:
    void process(const c10::Warning& /*warning*/) override {}
  } silence;
  const c10::WarningUtils::WarningHandlerGuard guard(&silence);
  spout::to_torch_csr(spout::empty_csr(0, 0));
}

int fail(int code, const std::string& message) {
  spout::say("spout: {}\n", message);
  return code;
}

/// The option that gets past this error, as the end of its message; empty if there is none.
std::string advice_for(const spout::FileError& error) {
  if (dynamic_cast<const spout::FileExists*>(&error) != nullptr) {
    return "; --force overwrites it";
  }
  if (dynamic_cast<const spout::AmbiguousFormat*>(&error) != nullptr) {
    return "; say which with --format";
  }
  if (dynamic_cast<const spout::UntrainableModule*>(&error) != nullptr) {
    return "; --freeze-encoder uses it as it is";
  }
  if (dynamic_cast<const spout::NoRatings*>(&error) != nullptr) {
    return "; --min-rating and --ratings need them (--columns rating=NAME names their column)";
  }
  if (dynamic_cast<const spout::UnknownColumns*>(&error) != nullptr) {
    return "; --columns user=NAME,item=NAME (or user=1,item=2 by position) tells them";
  }
  if (dynamic_cast<const spout::ItemsBeyondReason*>(&error) != nullptr) {
    return "; --format pairs takes numbers as names";
  }
  if (dynamic_cast<const spout::FeatureBelowBase*>(&error) != nullptr) {
    return "; --index-base 0 counts features from 0";
  }
  return "";
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): only if there is no memory for the message
int main(int argc, char** argv) {
  spout::prefer_sleeping_threads();
  try {
    spend_beta_warning();
    run(std::vector<std::string>(argv + 1, argv + argc));
    if (std::fflush(stdout) != 0) {
      return fail(kUserMistake,
                  fmt::format("standard output: cannot write: {}", std::strerror(errno)));
    }
    return 0;
  } catch (const spout::Interrupted& stop) {
    return fail(kInterrupted,
                stop.is_saved ? "stopped; the state is saved, --resume continues from here"
                              : "stopped before there was a state to save; --resume begins afresh");
  } catch (const spout::UserError& error) {
    return fail(kUserMistake, error.what());
  } catch (const spout::FileError& error) {
    return fail(kUserMistake, error.what() + advice_for(error));
  } catch (const spout::Error& error) {
    return fail(kUserMistake, error.what());
  } catch (const std::filesystem::filesystem_error& error) {
    return fail(kUserMistake, error.what());
  } catch (const c10::ValueError& error) {
    return fail(kUserMistake, error.what_without_backtrace());
  } catch (const c10::Error& error) {
    return fail(kOurMistake, error.what_without_backtrace());
  } catch (const std::bad_alloc&) {
    return fail(kOurMistake, "out of memory");
  } catch (const std::exception& error) {
    return fail(kOurMistake, error.what());
  }
}
