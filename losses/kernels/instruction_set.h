// The instruction set is which of the processor's vector instructions the CPU kernels use. Each
// kernel file is compiled once per set, and the choice is made when the program runs.
#pragma once

#include <cstdint>

namespace spout {

enum class InstructionSet : uint8_t { kDefault, kAvx2, kAvx512 };

/// The best set that this processor has. The environment variable
/// SPOUT_INSTRUCTION_SET=default|avx2|avx512 lowers the choice.
///   throws ValueError where the variable holds another word
InstructionSet cpu_instruction_set();

/// Whether this processor has instructions for bf16 matrix products, which oneDNN then uses, so
/// that they are faster than f32 ones. False where SPOUT_INSTRUCTION_SET is below avx512.
bool cpu_multiplies_bf16();

}  // namespace spout
