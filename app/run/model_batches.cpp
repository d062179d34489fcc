#include "spout/app/run/model_batches.h"

#include <ATen/core/grad_mode.h>

#include <optional>

#include "spout/sparse/batch/loader.h"

namespace spout {

void for_each_batch(const Dataset& data, std::vector<int64_t> rows, const Csr& seen,
                    const ModelSetting& setting,
                    const std::function<void(const Batch& batch, const Csr* seen)>& body) {
  const at::NoGradGuard no_grad;
  const PrecisionGuard precision(setting.precision, setting.device);
  BatchLoader loader(data, std::move(rows), setting.batch_size);
  while (auto loaded = loader.next()) {
    const Batch batch = to_device(std::move(*loaded), setting.device);
    std::optional<Csr> seen_rows;
    if (seen.rows > 0) seen_rows = gather_rows(seen, batch.rows);
    body(batch, seen_rows ? &*seen_rows : nullptr);
  }
}

}  // namespace spout
