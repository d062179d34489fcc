#include "models/script.h"

namespace spout {
namespace {

// Rows of a CSR input go through an embedding bag, as in training; dense input through a product.
constexpr const char* kHelpers = R"(
def sparse_linear(self, x, weight, bias):
    if x.is_sparse_csr:
        out, _, _, _ = torch.embedding_bag(weight, x.col_indices(), x.crow_indices(), False, 0,
                                           False, x.values(), True)
        return out + bias
    return torch.addmm(bias, x, weight)

def l2_rows(self, x):
    if x.is_sparse_csr:
        crow = x.crow_indices()
        values = x.values()
        row = torch.repeat_interleave(crow[1:] - crow[:-1])
        squares = torch.zeros([x.size(0)], dtype=values.dtype, device=values.device)
        norm = squares.index_add(0, row, values * values).sqrt()
        norm = torch.where(norm > 0, norm, torch.ones_like(norm))
        return torch.sparse_csr_tensor(crow, x.col_indices(), values / norm.index_select(0, row),
                                       [x.size(0), x.size(1)])
    norm = torch.linalg_vector_norm(x, 2, [1], True)
    return x / torch.where(norm > 0, norm, torch.ones_like(norm))
)";

// Columns ascend in every row: newer versions of torch refuse CSR in the order of the scores.
constexpr const char* kPredict = R"(
def predict_parts(self, x, k: int = 5):
    scores = self.forward(x)
    k = min(k, scores.size(1))
    _, best = torch.topk(scores, k, 1)
    col, _ = torch.sort(best, 1)
    values = scores.gather(1, col)
    crow = torch.arange(0, scores.size(0) + 1, device=scores.device) * k
    return crow, col.flatten(), values.flatten()

def predict(self, x, k: int = 5):
    crow, col, values = self.predict_parts(x, k)
    return torch.sparse_csr_tensor(crow, col, values, [x.size(0), self.num_labels])
)";

}  // namespace

Script::Script(int64_t labels) : module_("Spout") {
  module_.register_attribute("num_labels", c10::IntType::get(), labels);
}

std::string Script::parameter(const std::string& name, const at::Tensor& tensor) {
  module_.register_parameter(name, tensor.detach(), /*is_buffer=*/false);
  return "self." + name;
}

void Script::statement(const std::string& line) {
  body_ += "    " + line + "\n";
}

torch::jit::Module Script::finish() {
  module_.define(kHelpers);
  module_.define("def forward(self, x):\n" + body_ + "    return h\n");
  module_.define(kPredict);
  return module_;
}

}  // namespace spout
