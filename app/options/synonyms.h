// What other programs call the options, losses and models of spout, for "did you mean".
#pragma once

#include <string>
#include <string_view>

namespace spout {

/// The name here of what `word` names elsewhere; empty if there is none.
std::string name_for_synonym(std::string_view word);

}  // namespace spout
