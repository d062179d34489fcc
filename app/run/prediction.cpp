#include "spout/app/run/prediction.h"

#include "spout/app/process/say.h"
#include "spout/app/run/popular_items.h"
#include "spout/models/base/model.h"
#include "spout/sparse/decode/decode.h"

namespace spout {

Csr predict_rows(const TrainedModel& trained, const std::string& path, const Dataset& data,
                 const PredictionOptions& options) {
  DecodeReport report;
  const PopularItems popular(trained.schema.item_counts);
  CsrStack stack(trained.shape.labels);
  for_each_batch(data, all_rows(data.rows()), data.seen, options.setting,
                 [&](const Batch& batch, const Csr* seen) {
                   Prediction predicted =
                       trained.model->predict(batch.x, options.decode, seen, &report);
                   Csr& chosen = options.support_scores ? predicted.scores : predicted.values;
                   stack.append(popular.fill_in(std::move(chosen), batch.x, options.decode, seen));
                 });
  if (report.cut_rows > 0) {
    say("{} rows have more than {} labels above the threshold; their best {} are kept "
        "(--row-limit)\n",
        report.cut_rows, options.decode.row_limit, options.decode.row_limit);
  }
  say_popular(trained, path, data);
  return stack.finish();
}

void say_popular(const TrainedModel& trained, const std::string& path, const Dataset& data) {
  const int64_t count = PopularItems(trained.schema.item_counts).count(data);
  if (count == 0) return;
  say("{}: {} of {} users have no items that the run knows; they get the commonest ones\n", path,
      count, data.rows());
}

}  // namespace spout
