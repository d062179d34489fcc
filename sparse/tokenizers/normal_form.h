// The four normal forms of Unicode (UAX #15), as `tokenizers` computes them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace spout {

enum class NormalForm : uint8_t { kNfc, kNfd, kNfkc, kNfkd };

/// Appends `text`, valid UTF-8, in a normal form to `out`.
void append_normal_form(std::string_view text, NormalForm form, std::string& out);

}  // namespace spout
