// Tensors that stay in their file until they are asked for.
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/rand.h>

#include <stdexcept>

#include "spout/sparse/files/torch/torch_file.h"
#include "spout/tests/sparse/torch_pickle.h"

using namespace spout;
using namespace spout::testing;
using namespace std::string_literals;

TEST_CASE("torch tensors: a tensor is read when it is asked for, into memory that is there") {
  TempFolder folder;
  const at::Tensor a = at::rand({3, 5});
  const at::Tensor b = at::arange(4);
  write_torch_tensors(folder.path("a.pt"), {{"a", a}, {"b", b}, {"none", at::empty({0, 7})}});
  const TorchTensors file(folder.path("a.pt"));
  REQUIRE(file.described().size() == 3);
  CHECK(file.described().at("a").is_meta());
  CHECK(file.described().at("a").sizes() == a.sizes());
  CHECK((file.described().at("b").scalar_type() == at::kLong));
  CHECK(file.read("a").equal(a));
  CHECK(file.read("none").sizes() == at::IntArrayRef({0, 7}));
  CHECK_THROWS_AS(file.read("c"), std::out_of_range);

  const at::Tensor whole = at::empty({3, 5});
  const void* memory = whole.const_data_ptr();
  file.read("a", whole);
  CHECK(whole.equal(a));
  CHECK(whole.const_data_ptr() == memory);
  for (const at::Tensor& to :
       {at::empty({5, 3}).t(), at::empty({3, 9}).narrow(1, 2, 5), at::empty({3, 5}, at::kDouble)}) {
    file.read("a", to);
    CHECK(to.equal(a.to(to.scalar_type())));
  }
  CHECK_ERROR(file.read("a", at::empty({5})), "'a' is [3, 5], not [5]");
}

TEST_CASE(
    "torch tensors: tensors that share a storage, or lie in it otherwise, are read as they are") {
  TempFolder folder;
  std::string pickle = "\x80\x02}("s;
  const auto add = [&](char name, const std::string& tensor) {
    pickle += "X\1\0\0\0"s + name + tensor;
  };
  add('a', tensor_of(0, {2, 3}, {3, 1}));
  add('b', tensor_of(1, {2}, {2}));
  add('c', tensor_of(0, {3, 2}, {1, 3}));
  const std::string path = folder.path("p.pt");
  {
    const at::Tensor six = at::arange(6).to(at::kFloat);
    ZipWriter zip(path);
    zip.add("p/data.pkl", pickle + "u.", "", false);
    zip.add("p/data/0", std::string(static_cast<const char*>(six.const_data_ptr()), 24), "", false);
    zip.commit();
  }
  const TorchTensors file(path);
  const NamedTensors eager = read_torch_file(path).tensors;
  REQUIRE(eager.size() == 3);
  for (const auto& [name, tensor] : eager) {
    CHECK(file.read(name).equal(tensor));
    const at::Tensor to = at::empty(tensor.sizes());
    file.read(name, to);
    CHECK(to.equal(tensor));
  }
  CHECK(elements<float>(file.read("b")) == std::vector<float>{1, 3});
  CHECK_ERROR(TorchTensors(write_pickle(folder, "\x80\x02" + tensor_of(0, {3, 3}, {3, 1}) + ".")),
              kTooLarge);
}

TEST_CASE(
    "torch tensors: what is only described is bounded by its file, and checked when it is read") {
  TempFolder folder;
  write_torch_tensors(folder.path("a.pt"), {{"w", at::full({64}, 1.5, at::kFloat)}});
  std::string bytes = read_bytes(folder.path("a.pt"));
  const std::string number("\0\0\xc0\x3f", 4);
  bytes[bytes.find(number + number)] ^= 1;
  const TorchTensors file(folder.write("b.pt", bytes));
  CHECK_ERROR(file.read("w"), "b.pt: archive/data/0: expected sound data, found damage");
  CHECK_ERROR(file.read("w", at::empty({64})), "expected sound data, found damage");
  const std::string many = "\x80\x02" + tensor_of(0, {1 << 30}, {1}, 1 << 30) + ".";
  CHECK_ERROR(TorchTensors(write_pickle(folder, many)), "expected 1073741824 elements");
  write_torch_sparse(folder.path("c.pt"), make_csr(1, 2, {0, 1}, {0}, {1}));
  CHECK_ERROR(TorchTensors(folder.path("c.pt")), "found a sparse tensor");
}
