#include "spout/app/training/fit_data.h"

#include <fmt/format.h>

#include <utility>

#include "spout/models/model_table.h"

namespace spout {
namespace {

Csr as_sparse(const Features& x, const std::vector<int64_t>& rows) {
  const Features gathered = gather_rows(x, rows);
  return gathered.is_sparse() ? sparse_rows(gathered)
                              : from_torch_csr(gathered.dense.to_sparse_csr());
}

}  // namespace

Features features_to_fit(const ModelInfo& model, const Features& x,
                         const std::vector<int64_t>& rows) {
  Features parts;
  if (!model.fits_hidden) {
    parts.sparse = as_sparse(x, rows);
    return parts;
  }
  const bool is_all = static_cast<int64_t>(rows.size()) == x.rows();  // rows are ascending
  parts = is_all && !x.unit_rows ? x : gather_rows(x, rows);
  if (parts.is_sparse()) return parts;
  parts.hidden = std::exchange(parts.dense, at::Tensor());
  parts.sparse = empty_csr(parts.hidden.size(0), 0);
  return parts;
}

std::string settled_line(std::string_view model, const SettledOptions& found) {
  std::string text = fmt::format("{}:", model);
  for (const auto& [name, value] : found)
    text += fmt::format(" --{} {}", name, value);
  return text;
}

}  // namespace spout
