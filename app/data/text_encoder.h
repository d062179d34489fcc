// Documents as a pretrained model reads them: its tokenizer makes token numbers of a text, and an
// encoder that stays as it is makes one row of values of these. In training the rows are kept in a
// folder, part by part, so that a training that is begun again does not compute them again.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <memory>
#include <string>
#include <vector>

#include "spout/app/process/device.h"
#include "spout/sparse/base/text_list.h"
#include "spout/sparse/batch/dataset.h"

namespace spout {

class Encoder;
class Tokenizer;

/// Whether --encoder names a folder with a pretrained model, not a TorchScript file.
bool is_encoder_folder(const std::string& path);

/// The files of a pretrained model that a copy of the folder needs, by their paths within it.
///   with_tokenizer  whether the folder's own tokenizer is used
std::vector<std::string> encoder_files(const std::string& folder, bool with_tokenizer);

struct TextEncoderOptions {
  std::string encoder;      // a folder; empty: a tokenizer alone
  std::string tokenizer;    // a file or folder; empty: the encoder's own
  int64_t max_length = 0;   // most tokens of a text, special ones included; 0: what the files allow
  bool makes_rows = false;  // whether documents become rows of the encoder, or else tokens
};

class TextEncoder {
 public:
  /// Loads the tokenizer; the encoder is loaded when it is first needed.
  ///   throws FileError on damaged files, and on parts that spout does not have, by their names
  explicit TextEncoder(TextEncoderOptions options);
  ~TextEncoder();
  TextEncoder(const TextEncoder&) = delete;
  TextEncoder& operator=(const TextEncoder&) = delete;

  /// Sets where and how rows are computed; without it on the CPU in f32.
  void compute_on(c10::Device device, Precision precision);

  /// Keeps the rows that rows() computes in this folder, and takes them from there.
  void keep_rows_in(const std::string& folder) { kept_ = folder; }

  /// Gives up the encoder's memory until it is needed again.
  void release() { encoder_.reset(); }

  bool makes_rows() const { return options_.makes_rows; }
  const TextEncoderOptions& options() const { return options_; }

  /// The number of the tokenizer's tokens.
  int64_t vocabulary() const;

  /// The width d of a row.
  int64_t width() const { return width_; }

  /// The token numbers of texts, in the tokenizer's own numbering.
  TokenRows tokens(const TextList& texts) const;

  /// The rows [n, d] f32 of texts. Reports on stderr how far it is, if it takes long.
  ///   source  (may be null) receives a checksum of what the rows were computed from
  at::Tensor rows(const TextList& texts, uint32_t* source = nullptr) const;

 private:
  at::Tensor rows_of(const TokenRows& tokens) const;
  std::string kept_path(const TokenRows& tokens) const;

  TextEncoderOptions options_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  int64_t most_tokens_ = 0;
  bool adds_special_ = true;
  int64_t width_ = 0;
  c10::Device device_ = at::kCPU;
  Precision precision_ = Precision::kFp32;
  std::string kept_;
  mutable std::shared_ptr<Encoder> encoder_;
  mutable uint32_t fingerprint_ = 0;
};

}  // namespace spout
