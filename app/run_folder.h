// A run folder: what a training leaves behind, and what the other commands start from.
//   options.json   the options in force, readable by --config
//   log.jsonl      an object per logged step and epoch
//   checkpoint.pt  weights, optimizer state and counters; replaced atomically, so always whole
//   encoder.ts     a copy of the module that --encoder named
//   model.pt       the best weights by the first validation metric, else the last
//   labels.txt     where labels or items have names: those of the columns, a line each
//   users.txt      where users have vectors of their own: their names
//   text/          where the data are documents: what their words become
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "app/training/train_options.h"
#include "sparse/files/torch_file.h"
#include "sparse/layout/named_tensors.h"

namespace spout {

class Model;

/// What must be known of the data to make the model again.
struct RunShape {
  int64_t features = 0;
  int64_t labels = 0;
  double density = 0.0;  // share of the training target that is not zero; 0: not known
  FeatureKind kind = FeatureKind::kSparse;

  ModelShape of_model() const { return {features, labels, kind}; }
};

class RunFolder {
 public:
  explicit RunFolder(std::string path) : path_(std::move(path)) {}

  std::string options_path() const { return path_ + "/options.json"; }
  std::string log_path() const { return path_ + "/log.jsonl"; }
  std::string checkpoint_path() const { return path_ + "/checkpoint.pt"; }
  std::string model_path() const { return path_ + "/model.pt"; }
  std::string encoder_path() const { return path_ + "/encoder.ts"; }
  const std::string& path() const { return path_; }

  /// Whether a run was begun here.
  bool has_run() const;

  /// Throws UserError where the path is taken by something else, or by a run without `force`.
  void check_free(bool force) const;

  /// Makes the folder where there is none.
  void make() const;

  /// Removes what an earlier run left in it.
  void clear() const;

  /// Keeps a copy of the TorchScript file of --encoder; none of an empty name.
  void keep_encoder(const std::string& file) const;

  /// Removes files that a killed process had begun to write here.
  void remove_unfinished() const;

  bool has_checkpoint() const;

  void write_options(TrainOptions& options) const;

  /// Throws UserError where there is no run.
  TrainOptions read_options() const;

 private:
  std::string path_;
};

/// Weights and shape into one file that torch.load reads as a dict.
void save_model(const std::string& path, Model& model, const RunShape& shape);

/// The shape in such a file.   throws FileError
RunShape read_shape(const std::string& path);

/// A trained model, ready to predict.
struct TrainedModel {
  TrainOptions options;
  RunShape shape;
  std::shared_ptr<Model> model;
  DataSchema schema;

  /// What data for it must fit.
  ExpectedShape expected(bool needs_labels) const;

  /// How data for it is read: as the training rows were, where `asked` leaves --normalize,
  /// --min-rating or --ratings open.
  DataOptions format_of(const DataOptions& asked) const;
};

/// What a run's folder holds of its model.
struct SavedModel {
  std::string path;  // of the run
  TrainOptions options;
  RunShape shape;
  DataSchema schema;
  TorchTensors tensors;
};

/// Throws UserError where `path` holds no run with a model, FileError on a broken one.
SavedModel read_saved_model(const std::string& path);

/// The same, with the model made. Errors as read_saved_model().
TrainedModel load_trained_model(const std::string& path, c10::Device device);

/// Names and tensors of all parameters, in a fixed order.
NamedTensors named_parameters(Model& model);

/// The same, and after them all buffers: what a model is made of.
NamedTensors named_tensors(Model& model);

/// Whether a model is whole without a tensor of that name, which runs of earlier versions lack: it
/// keeps the zeros that it is made with.
bool may_be_missing(std::string_view name);

/// Gives the model's parameters and buffers the values of the tensors of the same names, with
/// `prefix` before them, without a second copy of them in memory.
///   throws FileError where one is missing or does not fit
void load_tensors(Model& model, const TorchTensors& file, const std::string& prefix = "");

}  // namespace spout
