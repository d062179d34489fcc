// A run remembers its training users by 64-bit hashes of their names, so that it can tell how many
// users of later data are new. The hashes are mapped, not read, and take 8 bytes a user.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "spout/sparse/base/vocabulary.h"

namespace spout {

/// The hashes of all names, ascending: [users] i64.
at::Tensor hash_users(const Vocabulary& users);

/// Reports on stderr how many users the run does not know, with an example.
///   path    of the data      known  what hash_users() returned; undefined: the run does not say
void say_new_users(const std::string& path, const Vocabulary& users, const at::Tensor& known);

}  // namespace spout
