#include "spout/models/base/script.h"

namespace spout {
namespace {

// The functions that statements call. Rows of a CSR input go through an embedding bag, as in
// training; dense rows through a matrix product.
constexpr const char* kHelpers = R"(
def sparse_linear(self, x, weight, bias):
    if x.is_sparse_csr:
        out, _, _, _ = torch.embedding_bag(weight, x.col_indices(), x.crow_indices(), False, 0,
                                           False, x.values(), True)
        return out + bias
    return torch.addmm(bias, x, weight)

def unit_rows(self, h):
    return h / torch.linalg_vector_norm(h, 2, [1], True).clamp_min(1e-12)

def first_columns(self, x, columns: int):
    if not x.is_sparse_csr:
        return x[:, :columns].to_sparse_csr()
    crow = x.crow_indices()
    row = torch.repeat_interleave(crow[1:] - crow[:-1])
    kept = x.col_indices() < columns
    counts = torch.bincount(row[kept], minlength=x.size(0))
    ends = torch.cat([torch.zeros([1], dtype=counts.dtype, device=counts.device),
                      torch.cumsum(counts, 0)])
    return torch.sparse_csr_tensor(ends, x.col_indices()[kept], x.values()[kept],
                                   [x.size(0), columns])

def dense_columns(self, x, begin: int):
    if not x.is_sparse_csr:
        return x[:, begin:]
    crow = x.crow_indices()
    row = torch.repeat_interleave(crow[1:] - crow[:-1])
    kept = x.col_indices() >= begin
    dense = torch.zeros([x.size(0), x.size(1) - begin], dtype=x.values().dtype,
                        device=x.values().device)
    return dense.index_put([row[kept], x.col_indices()[kept] - begin], x.values()[kept])

def csr_products(self, x, crow, column, weight, columns: int):
    w = torch.sparse_csr_tensor(crow, column.long(), weight, [crow.size(0) - 1, columns])
    return torch.mm(x, w).to_dense()

def tree_root(self, x):
    root = torch.zeros([x.size(0), 1], device=x.device)
    return root, root == 0

def tree_level(self, x, penalty, possible, begin, crow, column, weight, nodes: int, beam: int):
    score = self.csr_products(x, crow, column, weight, nodes) - 1
    place = torch.arange(nodes, device=begin.device)
    parent = torch.searchsorted(begin, place, right=True) - 1
    penalty = torch.relu(1 - score) ** 3 + penalty.index_select(1, parent)
    possible = (score > -1) & possible.index_select(1, parent)
    if beam < nodes:
        key = score if begin.size(0) == 2 else -penalty
        key = torch.where(possible, key, torch.full_like(key, float("-inf")))
        _, best = torch.topk(key, beam, 1)
        possible = possible & (torch.zeros_like(key).scatter(1, best, 1.0) > 0)
    return penalty, possible

def tree_leaves(self, penalty, possible, order):
    p = torch.where(possible, torch.exp(-penalty), torch.zeros_like(penalty))
    return torch.zeros_like(p).index_copy(1, order, p)

def powered(self, x, power: float):
    if not x.is_sparse_csr:
        x = x.to_sparse_csr()
    if power == 1.0:
        return x
    crow = x.crow_indices()
    values = x.values().double()
    row = torch.repeat_interleave(crow[1:] - crow[:-1])
    raised = torch.sign(values) * torch.abs(values) ** power
    zeros = torch.zeros([x.size(0)], dtype=values.dtype, device=values.device)
    before = zeros.index_add(0, row, values * values)
    after = zeros.index_add(0, row, raised * raised)
    factor = torch.where(after > 0, torch.sqrt(before / after), zeros)
    values = (raised * factor.index_select(0, row)).to(x.values().dtype)
    return torch.sparse_csr_tensor(crow, x.col_indices(), values, [x.size(0), x.size(1)])

def l2_rows(self, x, columns: int):
    if x.is_sparse_csr:
        crow = x.crow_indices()
        values = x.values()
        row = torch.repeat_interleave(crow[1:] - crow[:-1])
        scaled = x.col_indices() < columns
        kept = torch.where(scaled, values, torch.zeros_like(values))
        squares = torch.zeros([x.size(0)], dtype=values.dtype, device=values.device)
        norm = squares.index_add(0, row, kept * kept).sqrt()
        norm = torch.where(norm > 0, norm, torch.ones_like(norm))
        values = torch.where(scaled, values / norm.index_select(0, row), values)
        return torch.sparse_csr_tensor(crow, x.col_indices(), values, [x.size(0), x.size(1)])
    norm = torch.linalg_vector_norm(x[:, :columns], 2, [1], True)
    norm = torch.where(norm > 0, norm, torch.ones_like(norm))
    return torch.cat([x[:, :columns] / norm, x[:, columns:]], 1)
)";

// The methods that every module has. predict sorts the columns of each row, since newer versions of
// torch refuse CSR in the order of the scores.
constexpr const char* kPredict = R"(
def forward(self, x):
    return self.logits(self.encode(x))

def chosen(self, scores, k: int, threshold: float):
    if k <= 0:
        place = torch.nonzero(scores > threshold)
        return place[:, 0], place[:, 1]
    _, best = torch.topk(scores, min(k, scores.size(1)), 1)
    col, _ = torch.sort(best, 1)
    place = torch.nonzero(scores.gather(1, col) > threshold)
    return place[:, 0], col[place[:, 0], place[:, 1]]

def predict_parts(self, x, k: int = 5, threshold: float = float("-inf")):
    h = self.encode(x)
    scores = self.logits(h)
    row, col = self.chosen(scores, k, threshold)
    counts = torch.bincount(row, minlength=scores.size(0))
    crow = torch.cat([torch.zeros([1], dtype=counts.dtype, device=counts.device),
                      torch.cumsum(counts, 0)])
    return crow, col, self.values_at(h, scores, row, col)

def predict(self, x, k: int = 5, threshold: float = float("-inf")):
    crow, col, values = self.predict_parts(x, k, threshold)
    return torch.sparse_csr_tensor(crow, col, values, [x.size(0), self.num_labels])
)";

std::string indented(const std::string& line) {
  return "    " + line + "\n";
}

}  // namespace

Script::Script(int64_t labels) : module_("Spout") {
  module_.register_attribute("num_labels", c10::IntType::get(), labels);
}

std::string Script::parameter(const std::string& name, const at::Tensor& tensor) {
  TORCH_INTERNAL_ASSERT(!module_.hasattr(name), name);
  module_.register_parameter(name, tensor.detach(), /*is_buffer=*/false);
  return "self." + name;
}

std::string Script::submodule(const std::string& name, const torch::jit::Module& module) {
  module_.register_module(name, module);
  return "self." + name;
}

void Script::statement(const std::string& line) {
  *body_ += indented(line);
}

void Script::values(const std::string& line) {
  values_ += indented(line);
}

torch::jit::Module Script::finish() {
  if (values_.empty()) values("v = scores[row, col]");
  module_.define(kHelpers);
  module_.define("def encode(self, x):\n" + encoder_ + indented("return h"));
  module_.define("def logits(self, h):\n" + output_ + indented("return h"));
  module_.define("def values_at(self, h, scores, row, col):\n" + values_ + indented("return v"));
  module_.define(kPredict);
  return module_;
}

}  // namespace spout
