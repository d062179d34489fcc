#include "spout/app/run/added_labels.h"

#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include "spout/app/data/label_texts.h"
#include "spout/app/data/text_encoder.h"
#include "spout/app/process/say.h"
#include "spout/models/base/model.h"
#include "spout/models/fitted/prototypes.h"
#include "spout/models/model_table.h"

namespace spout {

void add_labels(TrainedModel& trained, const std::string& label_text) {
  const auto& encoder = trained.schema.encoder;
  if (!find_model(trained.options.model).fits_hidden || encoder == nullptr) {
    throw UserError(fmt::format(
        "--label-text: is for the model prototypes on documents; the model {} does not know labels "
        "by their texts",
        trained.options.model));
  }
  const LabelTexts given = read_label_texts(label_text);
  Vocabulary& labels = trained.schema.labels;
  const int64_t known = labels.size();
  TextList texts;
  for (int64_t i = 0; i < given.names.size(); ++i) {
    if (labels.find(given.names.name(i)) >= 0) continue;
    labels.add(given.names.name(i));
    const std::string_view text = given.texts[static_cast<size_t>(i)];
    texts.add(is_telling_name(text) ? text : "");
  }
  const int64_t added = labels.size() - known;
  say("{}: {} labels are new; {} are known to the run, which keeps their texts\n", label_text,
      added, given.names.size() - added);
  if (added == 0) return;
  at::Tensor rows = rows_of_label_texts(*encoder, texts);
  if (!rows.defined()) rows = at::zeros({added, encoder->width()});
  add_prototypes(*trained.model, rows);
  trained.shape.labels += added;
}

}  // namespace spout
