// What a run folder holds, also one of an earlier version.
#include "app/run_folder.h"

#include "models/model_table.h"
#include "sparse/files/error.h"
#include "tests/model_case.h"
#include "tests/testing.h"

using namespace spout;
using namespace spout::testing;

TEST_CASE("run folder: a model of before there were priors has none, and lacks nothing else") {
  for (const char* name : {"mlp", "linear", "two-headed", "mf"}) {
    CAPTURE(name);
    const ModelInfo& info = find_model(name);
    const auto model = make(info, small_options(info));
    const auto other = make(info, small_options(info));
    NamedTensors tensors = named_tensors(*model);
    const auto removed =
        std::erase_if(tensors, [](const auto& tensor) { return may_be_missing(tensor.first); });
    CHECK(removed == 1);
    load_tensors(*other, tensors, "model.pt");
    for (const auto& [tensor_name, tensor] : named_tensors(*other)) {
      if (may_be_missing(tensor_name)) CHECK(tensor.equal(at::zeros_like(tensor)));
    }
    tensors.pop_back();
    CHECK_ERROR(load_tensors(*other, tensors, "model.pt"), "model.pt: expected a tensor '");
  }
}
