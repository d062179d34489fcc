// The memory that this process can still get, and byte counts as text.
#pragma once

#include <c10/core/Device.h>

#include <string>

namespace spout {

/// The bytes that this process can still get on a device. In host memory that is what the machine
/// has free, or what the control group allows if that is less.
double available_memory(c10::Device device = c10::kCPU);

/// A number of bytes for people to read, such as "2.1 GiB".
std::string bytes_text(double bytes);

}  // namespace spout
