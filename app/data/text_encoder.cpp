#include "spout/app/data/text_encoder.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <numeric>

#include "spout/app/process/say.h"
#include "spout/models/base/encoder.h"
#include "spout/models/base/model_options.h"
#include "spout/models/pretrained/pretrained_encoder.h"
#include "spout/models/pretrained/pretrained_folder.h"
#include "spout/sparse/base/error.h"
#include "spout/sparse/base/growing_array.h"
#include "spout/sparse/batch/batch.h"
#include "spout/sparse/batch/fingerprint.h"
#include "spout/sparse/files/numpy/npy.h"
#include "spout/sparse/tokenizers/tokenizer.h"

namespace spout {
namespace {

namespace fs = std::filesystem;

constexpr size_t kPart = 1 << 14;          // texts that are encoded and kept together
constexpr int64_t kBatchTokens = 1 << 13;  // of a batch, padding included
constexpr int64_t kBatchRows = 128;
constexpr std::chrono::seconds kSilence(20);  // between two reports

/// The texts [begin, end) of a list.
TextList slice(const TextList& texts, size_t begin, size_t end) {
  TextList part;
  for (size_t i = begin; i < end; ++i)
    part.add(texts[i]);
  return part;
}

int64_t length_of(const TokenRows& tokens, int64_t row) {
  const auto* crow = tokens.crow.const_data_ptr<int64_t>();
  return crow[row + 1] - crow[row];
}

/// The rows in batches of about equal length, so that little of a batch is padding.
std::vector<std::vector<int64_t>> batches_by_length(const TokenRows& tokens) {
  std::vector<int64_t> order = all_rows(tokens.crow.numel() - 1);
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    return length_of(tokens, a) > length_of(tokens, b);
  });
  std::vector<std::vector<int64_t>> batches;
  int64_t longest = 0;
  for (const int64_t row : order) {
    const bool is_full = batches.empty() || std::ssize(batches.back()) == kBatchRows ||
                         (std::ssize(batches.back()) + 1) * longest > kBatchTokens;
    if (is_full) {
      batches.emplace_back();
      longest = std::max<int64_t>(length_of(tokens, row), 1);
    }
    batches.back().push_back(row);
  }
  return batches;
}

/// Reports progress now and then.
class Report {
 public:
  explicit Report(size_t count) : count_(count) {}

  void add(size_t texts, bool is_computed) {
    done_ += texts;
    computed_ += is_computed ? texts : 0;
    const auto now = std::chrono::steady_clock::now();
    if (now - said_ < kSilence || done_ == count_) return;
    said_ = now;
    const double rate =
        static_cast<double>(computed_) / std::chrono::duration<double>(now - start_).count();
    say("encoder: {} of {} texts, {:.0f} a second{}\n", done_, count_, rate,
        rate > 0 ? fmt::format(", {:.0f} s left", static_cast<double>(count_ - done_) / rate) : "");
  }

 private:
  size_t count_;
  size_t done_ = 0;
  size_t computed_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point said_ = start_;
};

}  // namespace

bool is_encoder_folder(const std::string& path) {
  std::error_code ignored;
  return !path.empty() && fs::is_directory(path, ignored);
}

std::vector<std::string> encoder_files(const std::string& folder, bool with_tokenizer) {
  const PretrainedFolder found = read_pretrained_folder(folder);
  std::vector<std::string> files = pretrained_files(found);
  if (with_tokenizer) {
    for (std::string& file : tokenizer_files(found.tokenizer()))
      files.push_back(std::move(file));
  }
  for (std::string& file : files)
    file = fs::path(file).lexically_relative(folder).string();
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

TextEncoder::TextEncoder(TextEncoderOptions options) : options_(std::move(options)) {
  most_tokens_ = options_.max_length;
  const auto allow = [this](int64_t most) {
    if (most > 0) most_tokens_ = most_tokens_ == 0 ? most : std::min(most_tokens_, most);
  };
  if (options_.encoder.empty()) {
    tokenizer_ = load_tokenizer(options_.tokenizer);
    allow(tokenizer_->max_length());
    if (most_tokens_ != options_.max_length) {
      say("tokenizer: texts are cut at {} tokens, as {} has it\n", most_tokens_,
          options_.tokenizer);
    }
    return;
  }
  const PretrainedFolder folder = read_pretrained_folder(options_.encoder);
  const std::string tokenizer =
      options_.tokenizer.empty() ? folder.tokenizer() : options_.tokenizer;
  tokenizer_ = load_tokenizer(tokenizer);
  adds_special_ = !folder.modules.is_static;
  allow(folder.max_length());  // as in transformers, it replaces the tokenizer's own
  width_ = folder.width();
  const int64_t known = folder.transformer.vocabulary;
  if (tokenizer_->vocabulary() > known) {
    throw FileError(
        fmt::format("{}: expected a tokenizer of at most {} tokens, as {} has, found {}", tokenizer,
                    known, options_.encoder, tokenizer_->vocabulary()));
  }
}

TextEncoder::~TextEncoder() = default;

void TextEncoder::compute_on(c10::Device device, Precision precision) {
  device_ = device;
  precision_ = precision;
  if (encoder_ != nullptr) encoder_->to(device_);
}

int64_t TextEncoder::vocabulary() const {
  return tokenizer_->vocabulary();
}

TokenRows TextEncoder::tokens(const TextList& texts) const {
  TokenRows rows;
  GrowingArray<int64_t> crow;
  GrowingArray<int64_t> ids;
  std::vector<int64_t> of_text;
  crow.push_back(0);
  for (size_t i = 0; i < texts.size(); ++i) {
    of_text.clear();
    tokenizer_->encode(texts[i], most_tokens_, of_text, adds_special_);
    for (const int64_t id : of_text)
      ids.push_back(id);
    crow.push_back(ids.ssize());
  }
  rows.crow = crow.release();
  rows.ids = ids.release();
  rows.numbers = {tokenizer_->padding(), tokenizer_->unknown()};
  rows.vocabulary =
      std::max({tokenizer_->vocabulary(), tokenizer_->padding() + 1, tokenizer_->unknown() + 1});
  return rows;
}

at::Tensor TextEncoder::rows_of(const TokenRows& tokens) const {
  if (encoder_ == nullptr) {
    ModelOptions model;
    model.module.file = options_.encoder;
    model.module.freeze = true;
    encoder_ = make_pretrained_encoder(
        {tokens.vocabulary, 0, FeatureKind::kTokens, 0, tokens.numbers}, model);
    encoder_->to(device_);
  }
  const at::NoGradGuard no_grad;
  const PrecisionGuard precision(precision_, device_);
  const int64_t count = tokens.crow.numel() - 1;
  const at::Tensor made = at::empty({count, encoder_->width()}, at::kFloat);
  Dataset data;
  data.x.tokens = tokens;
  data.y = empty_csr(count, 0);
  for (const std::vector<int64_t>& rows : batches_by_length(tokens)) {
    const Batch batch = to_device(assemble(data, rows), device_);
    made.index_copy_(0, at::tensor(rows, at::kLong),
                     encoder_->encode(batch.x, StepRandom{}).to(at::kCPU, at::kFloat));
  }
  return made;
}

std::string TextEncoder::kept_path(const TokenRows& tokens) const {
  return fmt::format("{}/{:08x}-{}-{:08x}{:08x}.npy", kept_, fingerprint_,
                     precision_ == Precision::kBf16 ? "bf16" : "fp32", fingerprint(tokens.crow),
                     fingerprint(tokens.ids));
}

at::Tensor TextEncoder::rows(const TextList& texts, uint32_t* source) const {
  const int64_t d = width();
  const bool needs_fingerprint = source != nullptr || !kept_.empty();
  if (needs_fingerprint && fingerprint_ == 0) {
    fingerprint_ = pretrained_fingerprint(options_.encoder);
  }
  if (source != nullptr) *source = fingerprint_;
  at::Tensor all = at::empty({static_cast<int64_t>(texts.size()), d}, at::kFloat);
  Report report(texts.size());
  if (!kept_.empty()) fs::create_directories(kept_);
  for (size_t begin = 0; begin < texts.size(); begin += kPart) {
    const size_t end = std::min(begin + kPart, texts.size());
    const TokenRows part = tokens(slice(texts, begin, end));
    at::Tensor place =
        all.narrow(0, static_cast<int64_t>(begin), static_cast<int64_t>(end - begin));
    if (source != nullptr) {
      const std::array parts{*source, fingerprint(part.crow), fingerprint(part.ids)};
      *source = fingerprint(at::tensor(
          at::ArrayRef<int64_t>({static_cast<int64_t>(parts[0]), static_cast<int64_t>(parts[1]),
                                 static_cast<int64_t>(parts[2])})));
    }
    const std::string path = kept_.empty() ? "" : kept_path(part);
    const bool is_kept = !path.empty() && fs::exists(path);
    const at::Tensor rows = is_kept ? read_dense_npy(path) : rows_of(part);
    if (rows.sizes() != place.sizes()) {
      throw FileError(fmt::format("{}: expected {} rows of {} values; remove this file", path,
                                  place.size(0), d));
    }
    place.copy_(rows);
    if (!path.empty() && !is_kept) write_npy(path, rows);
    // Batches of many shapes leave holes in malloc's heap, which grow with every part.
    if (!is_kept) ::malloc_trim(0);
    report.add(end - begin, !is_kept);
  }
  return all;
}

}  // namespace spout
