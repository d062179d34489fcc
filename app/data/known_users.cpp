#include "spout/app/data/known_users.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <string_view>

#include "spout/app/process/say.h"
#include "spout/sparse/text/terms.h"

namespace spout {
namespace {

int64_t hash_of(std::string_view name) {
  return static_cast<int64_t>(term_hash(name));
}

}  // namespace

at::Tensor hash_users(const Vocabulary& users) {
  at::Tensor hashes = at::empty({users.size()}, at::kLong);
  auto* data = hashes.mutable_data_ptr<int64_t>();
  for (int64_t i = 0; i < users.size(); ++i)
    data[i] = hash_of(users.name(i));
  std::sort(data, data + users.size());
  return hashes;
}

void say_new_users(const std::string& path, const Vocabulary& users, const at::Tensor& known) {
  if (!known.defined()) return;
  const auto* data = known.const_data_ptr<int64_t>();
  int64_t count = 0;
  std::string_view example;
  for (int64_t i = 0; i < users.size(); ++i) {
    if (std::binary_search(data, data + known.numel(), hash_of(users.name(i)))) continue;
    if (count == 0) example = users.name(i);
    ++count;
  }
  if (count == 0) return;
  say("{}: {} of {} users are new to the run (e.g. {})\n", path, count, users.size(), example);
}

}  // namespace spout
