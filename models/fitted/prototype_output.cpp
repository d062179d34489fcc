#include "spout/models/fitted/prototype_output.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_sparse_csr_tensor_unsafe.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/repeat_interleave.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/zeros.h>
#include <c10/core/impl/LocalDispatchKeySet.h>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "spout/models/base/script.h"
#include "spout/models/fitted/label_prototypes.h"
#include "spout/models/fitted/svm.h"
#include "spout/models/outputs/predict_sum.h"
#include "spout/sparse/decode/decode.h"

namespace spout {
namespace {

/// The first `columns` columns of a torch.sparse_csr matrix and the others, made dense.
std::pair<at::Tensor, at::Tensor> split_columns(const at::Tensor& x, int64_t columns) {
  const at::Tensor crow = x.crow_indices();
  const at::Tensor col = x.col_indices();
  const at::Tensor counts = crow.slice(0, 1) - crow.slice(0, 0, -1);
  const at::Tensor row = at::repeat_interleave(counts);
  const at::Tensor is_first = col.lt(columns);
  const at::Tensor is_later = is_first.logical_not();
  at::Tensor dense = at::zeros({x.size(0), x.size(1) - columns}, x.values().options());
  dense.index_put_({row.masked_select(is_later), col.masked_select(is_later) - columns},
                   x.values().masked_select(is_later));
  const at::Tensor ends = at::zeros({x.size(0)}, crow.options())
                              .index_add_(0, row, is_first.to(crow.dtype()))
                              .cumsum(0);
  at::Tensor first = at::_sparse_csr_tensor_unsafe(
      at::cat({at::zeros({1}, crow.options()), ends}), col.masked_select(is_first),
      x.values().masked_select(is_first), {x.size(0), columns}, x.options());
  return {first, dense};
}

}  // namespace

at::Tensor mapped_rows(const at::Tensor& rows, const at::Tensor& map) {
  return unit_rows(at::addmm(rows, rows, map));
}

PrototypeOutput::PrototypeOutput(const ModelShape& shape, const ModelOptions& options)
    : OutputLayer({0, shape.labels}) {
  const int64_t width = hidden_width(shape);
  TORCH_CHECK_VALUE(width > 0, "prototypes: expected rows of an encoder, or dense features");
  num_words_ = shape.features - width;
  if (num_words_ > 0) {
    words_ = register_module("words", make_svm_output(num_words_, shape.labels, options));
  }
  weight_ = register_parameter("weight", at::zeros({shape.labels, width}),
                               /*requires_grad=*/false);
  row_center_ = register_buffer("row_center", at::zeros({width}));
  name_center_ = register_buffer("name_center", at::zeros({width}));
  map_ = register_buffer("map", at::zeros({width, width}));
  mix_ = register_buffer("mix", at::zeros({2}, at::kDouble));
  prior_ = register_buffer("prior", at::zeros({shape.labels}));
}

void PrototypeOutput::set(const Prototypes& found) {
  weight_.copy_(found.weight);
  row_center_.copy_(found.row_center);
  name_center_.copy_(found.name_center);
  map_.copy_(found.map);
  mix_[0] = found.word_weight;
  mix_[1] = found.offset;
}

double PrototypeOutput::word_weight() const {
  return mix_[0].item<double>();
}

void PrototypeOutput::add(const at::Tensor& rows) {
  const at::Tensor more = mapped_rows(centred_rows(rows.to(map_.device()), name_center_), map_);
  weight_.set_data(at::cat({weight_, more}));
  prior_.set_data(at::cat({prior_, at::zeros({more.size(0)}, prior_.options())}));
  set_labels({0, weight_.size(0)});
}

at::Tensor PrototypeOutput::placed(const at::Tensor& hidden) const {
  return mapped_rows(centred_rows(hidden, row_center_), map_);
}

PrototypeOutput::Parts PrototypeOutput::split(const at::Tensor& x) const {
  const int64_t width = weight_.size(1);
  TORCH_CHECK_VALUE(x.dim() == 2 && x.size(1) == num_words_ + width, "prototypes: features ",
                    x.sizes(), " but ", num_words_, " words and rows of ", width, " values");
  if (x.layout() == at::kSparseCsr) {
    auto [words, hidden] = split_columns(x, num_words_);
    return {num_words_ > 0 ? words : at::Tensor(), hidden};
  }
  const at::Tensor hidden = x.slice(1, num_words_);
  if (num_words_ == 0) return {{}, hidden};
  return {x.slice(1, 0, num_words_).to_sparse_csr(), hidden};
}

at::Tensor PrototypeOutput::scores(const at::Tensor& x) const {
  const c10::impl::ExcludeDispatchKeyGuard in_f32(c10::autocast_dispatch_keyset);
  const Parts parts = split(x);
  at::Tensor sum =
      at::addmm(prior_ - mix_[1].to(prior_.dtype()), placed(parts.hidden), weight_.t());
  if (words_ != nullptr && word_weight() > 0.0) {
    const at::Tensor by_words = words_->scores(parts.words);
    sum.narrow(1, 0, by_words.size(1)) += at::sigmoid(kWordSteepness * by_words) * word_weight();
  }
  return sum;
}

at::Tensor PrototypeOutput::loss(const at::Tensor& /*x*/, const at::Tensor& /*target*/,
                                 const Loss& /*loss*/, const LossOptions& /*options*/,
                                 const OutputUpdate* /*update*/) {
  TORCH_CHECK_NOT_IMPLEMENTED(false, "prototypes: is fitted in one pass over all rows");
}

Csr PrototypeOutput::predict(const at::Tensor& x, const DecodeOptions& options, const Csr* seen,
                             DecodeReport* report) const {
  if (!x.is_cpu()) return decode(scores(x), options, seen, report);
  const c10::impl::ExcludeDispatchKeyGuard in_f32(c10::autocast_dispatch_keyset);
  const Parts parts = split(x);
  const int64_t num_labels = labels().size();
  Csr words = empty_csr(x.size(0), num_labels);
  if (words_ != nullptr && word_weight() > 0.0) {
    DecodeOptions all;
    all.top_k = 0;
    all.row_limit = std::max<int64_t>(num_labels, 1);
    words = words_->predict(parts.words, all, nullptr);
    words.cols = num_labels;  // the SVM knows nothing of labels that were added later
    words.values = at::sigmoid(kWordSteepness * words.values) * word_weight();
  }
  const at::Tensor rows = placed(parts.hidden);
  const at::Tensor offset = options.above_thresholds(prior_ - mix_[1].to(prior_.dtype()));
  const auto cosines = [&](LabelRange some) {
    return at::addmm(offset.narrow(0, some.begin, some.size()), rows,
                     weight_.narrow(0, some.begin, some.size()).t());
  };
  return options.with_scores(predict_sum(cosines, words, options, seen, report));
}

void PrototypeOutput::check_tensors() const {
  // An SVM of no weight has not been fitted.
  if (words_ != nullptr && word_weight() > 0.0) words_->check_tensors();
  TORCH_CHECK_VALUE(std::isfinite(word_weight()) && word_weight() >= 0.0,
                    "prototypes: expected a weight of words of 0 or more, found ", word_weight());
}

void PrototypeOutput::write_script(Script& script) const {
  script.statement("x = h");
  script.statement(fmt::format("h = self.dense_columns(x, {})", num_words_));
  const std::string center = script.parameter("row_center", row_center_);
  script.statement("h = self.unit_rows((self.unit_rows(h) - " + center +
                   ") * torch.any(torch.ne(h, 0), 1, True))");
  script.statement("h = self.unit_rows(torch.addmm(h, h, " + script.parameter("map", map_) + "))");
  script.statement("meaning = torch.addmm(" +
                   script.parameter("prototype_bias", prior_ - mix_[1].to(prior_.dtype())) +
                   ", h, " + script.parameter("prototypes", weight_) + ".t())");
  if (words_ == nullptr || word_weight() == 0.0) {
    script.statement("h = meaning");
    return;
  }
  script.statement(fmt::format("h = self.first_columns(x, {})", num_words_));
  words_->write_script(script);
  script.statement(
      fmt::format("h = meaning + torch.sigmoid({} * h) * {:.17g}", kWordSteepness, word_weight()));
}

}  // namespace spout
