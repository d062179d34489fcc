// What a run folder holds, also one of an earlier version.
#include "spout/app/run/run_folder.h"

#include <ATen/ops/zeros.h>

#include "spout/models/model_table.h"
#include "spout/sparse/base/error.h"
#include "spout/sparse/files/torch/torch_file.h"
#include "spout/tests/models/model_case.h"
#include "spout/tests/testing.h"

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
    const TempFolder folder;
    const auto load = [&] {
      write_torch_tensors(folder.path("model.pt"), tensors, {}, true);
      load_tensors(*other, TorchTensors(folder.path("model.pt")));
    };
    load();
    for (const auto& [tensor_name, tensor] : named_tensors(*other)) {
      if (may_be_missing(tensor_name)) CHECK(tensor.equal(at::zeros_like(tensor)));
    }
    tensors.pop_back();
    CHECK_ERROR(load(), "model.pt: expected a tensor '");
  }
}

TEST_CASE("run folder: a shape that no model has is refused") {
  const TempFolder folder;
  const auto read = [&](const std::string& shape) {
    write_torch_tensors(folder.path("model.pt"), {{"w", at::zeros({2})}}, {{"spout.json", shape}},
                        true);
    read_shape(folder.path("model.pt"));
  };
  read(R"({"features": 1, "labels": 2})");
  CHECK_ERROR(read("[]"), "model.pt: expected the shape of a model");
  CHECK_ERROR(read(R"({"features": "x", "labels": 2})"), "features: expected a whole number");
  CHECK_ERROR(read(R"({"features": 1e49, "labels": 2})"), "features: expected a whole number");
  CHECK_ERROR(read(R"({"features": 18446744073709551615, "labels": 2})"),
              "expected a whole number");
  CHECK_ERROR(read(R"({"features": 1, "labels": -2})"), "labels: expected a count, found -2");
  CHECK_ERROR(read(R"({"features": 1, "labels": 2, "density": "x"})"), "model.pt: ");
  CHECK_ERROR(read(R"({"features": 1, "labels": 2, "kind": "x"})"), "features 'x' is unknown");
}

TEST_CASE("run folder: a model is not made larger than its file has weights for") {
  const TempFolder folder;
  for (const char* model : {"mlp", "svm", "linear", "mf"}) {
    CAPTURE(model);
    folder.write("options.json", std::string(R"({"hidden": [2], "model": ")") + model + "\"}");
    for (const char* shape : {R"({"features": 281474976710656, "labels": 2})",
                              R"({"features": 2, "labels": 281474976710656})"}) {
      write_torch_tensors(folder.path("model.pt"), {{"w", at::zeros({20})}},
                          {{"spout.json", shape}}, true);
      CHECK_ERROR(load_trained_model(folder.path(""), at::kCPU), "found 20 numbers");
    }
  }
}
