// The module's tensors are registered as the encoder's, so that optimizer, checkpoint and model
// file see them. TorchScript's own optimizations are off: they set in after a few calls in a
// process, so that a resumed run would round differently.
#include "spout/models/encoders/module_encoder.h"

#include <ATen/Context.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_sparse_csr_tensor_unsafe.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/import.h>

#include <filesystem>
#include <mutex>
#include <set>
#include <sstream>
#include <vector>

#include "spout/models/base/model.h"
#include "spout/models/base/random_layer.h"
#include "spout/models/base/script.h"
#include "spout/models/encoders/linear.h"
#include "spout/models/outputs/dense_output.h"
#include "spout/models/pretrained/pretrained_encoder.h"
#include "spout/sparse/base/error.h"
#include "spout/sparse/base/random.h"

namespace spout {
namespace {

/// The line of an error that says what was wrong, since torch's errors have many lines: the last
/// one that begins with an exception's name, or else the first.
std::string telling_line(const std::string& text) {
  std::istringstream lines(text);
  std::string found;
  for (std::string line; std::getline(lines, line);) {
    const bool names_exception = line.find("Error: ") < line.find(' ');
    if (found.empty() || names_exception) found = line;
  }
  return found;
}

std::string telling_line(const std::exception& error) {
  const auto* ours = dynamic_cast<const c10::Error*>(&error);
  return telling_line(ours != nullptr ? ours->what_without_backtrace() : error.what());
}

torch::jit::Module read_module(const std::string& path) {
  try {
    return torch::jit::load(path, at::kCPU);
  } catch (const std::exception&) {
    // Torch's own words are those of the archive's reader, whatever the file is.
    throw FileError(path +
                    ": expected a TorchScript module, as torch.jit.script(module).save(FILE) "
                    "writes it, found another file");
  }
}

/// Two rows to try a module on. Tokens and sparse features reach from a low index to the last one.
at::Tensor probe_rows(const ModelShape& shape) {
  const int64_t last = std::max<int64_t>(shape.features - 1, 0);
  if (shape.kind == FeatureKind::kDense) return at::zeros({2, shape.features});
  if (shape.kind == FeatureKind::kTokens) {
    return at::tensor({std::min<int64_t>(last, 1), last, int64_t{0}, last, int64_t{0}, int64_t{0}},
                      at::kLong)
        .view({2, 3});
  }
  return at::_sparse_csr_tensor_unsafe(
      at::tensor({0, 1, 2}, at::kLong), at::tensor({int64_t{0}, last}, at::kLong), at::ones({2}),
      {2, shape.features}, at::TensorOptions().dtype(at::kFloat).layout(at::kSparseCsr));
}

class ModuleEncoder : public Encoder {
 public:
  ModuleEncoder(const ModelShape& shape, const ModelOptions& options)
      : path_(options.module.file),
        frozen_(options.module.freeze),
        input_dropout_(options.input_dropout),
        tokens_(shape.tokens),
        module_(read_module(path_)) {
    // The first argument is the module itself.
    takes_mask_ = shape.kind == FeatureKind::kTokens &&
                  module_.get_method("forward").function().getSchema().arguments().size() == 3;
    register_tensors(module_, *this, "");
    if (!frozen_ && !trains_) {
      throw UntrainableModule(
          path_ +
          ": the module has no parameters to train (torch.jit.freeze makes them constants)");
    }
    const at::NoGradGuard no_grad;
    const at::Tensor hidden = run(probe_rows(shape), /*training=*/false);
    TORCH_CHECK_VALUE(hidden.scalar_type() == at::kFloat, path_,
                      ": expected the module to make rows of f32, found ", hidden.scalar_type());
    width_ = hidden.size(1);
    TORCH_CHECK_VALUE(width_ > 0, path_, ": the module makes rows of no values");
  }

  at::Tensor encode(const at::Tensor& x, const StepRandom& random) override {
    const bool training = random.training && !frozen_;
    if (training) seed(x.device(), random);
    const at::AutoGradMode gradients(at::GradMode::is_enabled() && !frozen_);
    const at::Tensor hidden = run(input_dropout(x, input_dropout_, random, tokens_), training);
    TORCH_CHECK_VALUE(hidden.size(1) == width_, path_, ": the module made rows of ", width_,
                      " values, and now of ", hidden.size(1));
    if (training) keep_buffers();
    return hidden;
  }

  int64_t width() const override { return width_; }

  void write_script(Script& script) const override {
    torch::jit::Module module = module_;  // another handle on the same module
    module.eval();
    const std::string mask =
        takes_mask_ ? ", torch.ne(x, " + std::to_string(tokens_.padding) + ")" : "";
    script.statement("h = " + script.submodule("encoder_module", module) + ".forward(x" + mask +
                     ")");
  }

 private:
  /// A buffer of the module, which may replace the tensor as it runs.
  struct Buffer {
    torch::jit::Module owner;
    std::string name;
    at::Tensor tensor;
  };

  /// Registers the tensors of `from` with `to` under their names, and its submodules likewise.
  ///   prefix  of those names, for error messages
  void register_tensors(const torch::jit::Module& from, torch::nn::Module& to,
                        const std::string& prefix) {
    for (const auto& item : from.named_parameters(/*recurse=*/false)) {
      at::Tensor tensor = item.value;
      // A tied weight is one tensor under two names, and must move once.
      if (!known_.insert(tensor.unsafeGetTensorImpl()).second) continue;
      const bool trains = tensor.requires_grad() && !frozen_;
      if (trains && tensor.scalar_type() != at::kFloat) {
        std::ostringstream text;
        text << path_ << ": expected weights of f32, found " << prefix << item.name << " of "
             << tensor.scalar_type();
        throw FileError(text.str());
      }
      if (!tensor.is_contiguous()) tensor.set_data(tensor.contiguous());
      to.register_parameter(item.name, tensor, trains);
      trains_ = trains_ || trains;
    }
    for (const auto& item : from.named_buffers(/*recurse=*/false)) {
      if (!known_.insert(item.value.unsafeGetTensorImpl()).second) continue;
      to.register_buffer(item.name, item.value);
      buffers_.push_back({from, item.name, item.value});
    }
    for (const auto& child : from.named_children()) {
      const auto twin = std::make_shared<torch::nn::Module>();
      register_tensors(child.value, *twin, prefix + child.name + ".");
      to.register_module(child.name, twin);
    }
  }

  /// Seeds torch's generators, so that the module always draws the same numbers at a step.
  static void seed(c10::Device device, const StepRandom& random) {
    const uint64_t bits =
        random_bits(random.seed, RandomStream::kDropout, random.step, RandomLayer::kModule);
    for (const c10::Device& drawn_on : {c10::Device(at::kCPU), device}) {
      at::Generator generator = at::globalContext().defaultGenerator(drawn_on);
      const std::lock_guard<std::mutex> lock(generator.mutex());
      generator.set_current_seed(bits);
    }
  }

  /// Runs the module in training or evaluation mode and returns the hidden rows [n, d]. An error
  /// inside becomes one line.
  at::Tensor run(const at::Tensor& x, bool training) {
    const torch::jit::GraphOptimizerEnabledGuard as_it_stands(false);
    module_.train(training);
    c10::IValue made;
    try {
      std::vector<c10::IValue> inputs{x};
      if (takes_mask_) inputs.emplace_back(x.ne(tokens_.padding));
      made = module_.forward(std::move(inputs));
    } catch (const std::runtime_error& error) {
      TORCH_CHECK_VALUE(false, path_, ": the module failed: ", telling_line(error));
    } catch (const c10::Error& error) {
      TORCH_CHECK_VALUE(false, path_, ": the module failed: ", telling_line(error));
    }
    TORCH_CHECK_VALUE(made.isTensor(), path_, ": expected the module to make a tensor, found a ",
                      made.tagKind());
    at::Tensor hidden = made.toTensor();
    TORCH_CHECK_VALUE(
        hidden.dim() == 2 && hidden.size(0) == x.size(0) && hidden.layout() == at::kStrided, path_,
        ": expected the module to make ", x.size(0), " rows [", x.size(0), ", d] of x ", x.sizes(),
        ", found ", hidden.sizes());
    return hidden;
  }

  /// Puts the tensors that the module has assigned to its buffers into the registered ones.
  void keep_buffers() {
    for (Buffer& buffer : buffers_) {
      const at::Tensor now = buffer.owner.attr(buffer.name).toTensor();
      if (now.is_same(buffer.tensor)) continue;
      buffer.tensor.set_data(now.detach());
      buffer.owner.setattr(buffer.name, buffer.tensor);
    }
  }

  std::string path_;
  bool frozen_;
  double input_dropout_;
  TokenNumbers tokens_;
  bool takes_mask_ = false;
  torch::jit::Module module_;
  std::set<const c10::TensorImpl*> known_;  // registered tensors
  std::vector<Buffer> buffers_;
  bool trains_ = false;  // whether any parameter is trained
  int64_t width_ = 0;
};

bool is_pretrained(const ModelOptions& options) {
  return std::filesystem::is_directory(options.module.file);
}

/// The encoder that is part of the model: none in front of rows that a pretrained one has made.
std::shared_ptr<Encoder> encoder_of(const ModelShape& shape, const ModelOptions& options) {
  if (!is_pretrained(options)) return make_module_encoder(shape, options);
  if (shape.kind == FeatureKind::kTokens) return make_pretrained_encoder(shape, options);
  TORCH_CHECK_VALUE(shape.kind == FeatureKind::kDense,
                    "encoder: expected tokens, or the rows of an encoder alone");
  return make_feature_encoder(shape.features, options.input_dropout);
}

}  // namespace

std::shared_ptr<Encoder> make_module_encoder(const ModelShape& shape, const ModelOptions& options) {
  return std::make_shared<ModuleEncoder>(shape, options);
}

std::shared_ptr<Model> make_module_model(const ModelShape& shape, const ModelOptions& options,
                                         uint64_t seed) {
  auto encoder = encoder_of(shape, options);
  auto output = make_dense_output(encoder->width(), {0, shape.labels}, options.bf16_output,
                                  InitOptions{seed, options.initialize});
  return std::make_shared<Model>(std::move(encoder), std::move(output));
}

double module_num_weights(const ModelShape& shape, const ModelOptions& options) {
  if (is_pretrained(options)) {
    const double outside =
        shape.kind == FeatureKind::kTokens ? num_pretrained_weights(options.module.file) : 0;
    return outside + module_num_output_weights(shape, options) + static_cast<double>(shape.labels);
  }
  const auto encoder = make_module_encoder(shape, options);
  double count = (static_cast<double>(encoder->width()) + 1) * static_cast<double>(shape.labels);
  for (const at::Tensor& parameter : encoder->parameters())
    count += static_cast<double>(parameter.numel());
  return count;
}

double module_row_values(const ModelOptions& options, double tokens) {
  const bool trains = is_pretrained(options) && !options.module.freeze;
  return trains ? pretrained_row_values(options.module.file, tokens) : 0.0;
}

double module_num_output_weights(const ModelShape& shape, const ModelOptions& options) {
  const int64_t width = shape.kind != FeatureKind::kTokens && is_pretrained(options)
                            ? shape.features
                        : is_pretrained(options) ? pretrained_width(options.module.file)
                                                 : make_module_encoder(shape, options)->width();
  return static_cast<double>(width) * static_cast<double>(shape.labels);
}

}  // namespace spout
