// A run folder holds what a training leaves behind, and what the other commands start from.
//   options.json   the options in force, readable by --config
//   log.jsonl      a JSON object per logged step and epoch
//   checkpoint.pt  weights, optimizer state and counters; replaced atomically, so always whole
//   encoder.ts     a copy of the module that --encoder names, if it does
//   encoder/       or of the pretrained model
//   tokenizer/     a copy of what --tokenizer names
//   race/          what candidates for a model leave, while they are compared
//   search/        weights that --epochs auto goes back to, while it trains
//   model.pt       the best weights by the first validation metric; without one, the last
//   network.pt     of a blend: the same of its network, which the checkpoint is of
//   blend.json     of a blend: the weight and the svm's settings that held-out rows have chosen
//   labels.txt     the names of the labels or items, one per line, if they have names
//   users.txt      the names of the users, if they have vectors of their own
//   counts.npy       [L] how many training users have each item, if the data are users and items
//   user_hashes.npy  [users] by which training users are known again
//   text/          the vocabulary, if the data are documents
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "spout/app/data/interaction_data.h"
#include "spout/app/run/train_options.h"
#include "spout/sparse/base/named_tensors.h"
#include "spout/sparse/files/torch/torch_file.h"

namespace spout {

class Model;

/// The properties of the training data that are needed to make the model again.
struct RunShape {
  int64_t features = 0;
  int64_t labels = 0;
  double density = 0.0;  // the share of the training target that is not zero; 0: unknown
  FeatureKind kind = FeatureKind::kSparse;

  int64_t hidden = 0;     // ModelShape::hidden
  TokenNumbers tokens{};  // ModelShape::tokens

  ModelShape of_model() const { return {features, labels, kind, hidden, tokens}; }
};

class RunFolder {
 public:
  explicit RunFolder(std::string path) : RunFolder(std::move(path), "model.pt") {}

  /// Returns this folder for the training of a part of the run's model, which network.pt holds.
  RunFolder of_network() const { return {path_, "network.pt"}; }

  std::string options_path() const { return path_ + "/options.json"; }
  /// Where a search for the length of a training keeps weights meanwhile.
  std::string search_path() const { return path_ + "/search"; }
  /// Where candidates of a race keep files meanwhile.
  std::string race_path() const { return path_ + "/race"; }
  std::string log_path() const { return path_ + "/log.jsonl"; }
  std::string blend_path() const { return path_ + "/blend.json"; }
  std::string checkpoint_path() const { return path_ + "/checkpoint.pt"; }
  std::string model_path() const { return path_ + "/" + model_file_; }
  /// The copy of the encoder: a TorchScript file, or a folder if there is one.
  std::string encoder_path() const;
  std::string module_path() const { return path_ + "/encoder.ts"; }
  std::string pretrained_path() const { return path_ + "/encoder"; }
  std::string tokenizer_path() const { return path_ + "/tokenizer"; }
  const std::string& path() const { return path_; }

  /// Whether a run was begun here: whether options.json exists.
  bool has_run() const;

  /// Throws UserError unless a run was begun here.
  void check_has_run() const;

  /// Throws UserError if the path is no folder, or without `force` if it holds a run or a file that
  /// a run would write.
  void check_free(bool force) const;

  /// Makes the folder if it does not exist.
  void make() const;

  /// Removes the options, checkpoint, model and log of an earlier run.
  void clear() const;

  /// Copies what --encoder and --tokenizer name into the folder, and removes other copies.
  void keep_encoder(const TrainOptions& options) const;

  /// Makes `options` name the copies that keep_encoder() made, so that the originals may have
  /// moved.   returns whether there are any
  bool use_copies(TrainOptions& options) const;

  /// Removes files that a killed process had begun to write here.
  void remove_unfinished() const;

  bool has_checkpoint() const;

  void write_options(TrainOptions& options) const;

  /// Reads options.json.   throws UserError if there is no run
  TrainOptions read_options() const;

 private:
  RunFolder(std::string path, std::string model_file)
      : path_(std::move(path)), model_file_(std::move(model_file)) {}

  std::string path_;
  std::string model_file_;
};

/// Reads the names and the vocabulary of a run, with what makes tokens or rows of documents.
DataSchema read_schema(const RunFolder& folder, const TrainOptions& options);

/// Writes weights and shape into one file, which torch.load reads as a dict.
void save_model(const std::string& path, Model& model, const RunShape& shape);

/// Reads the shape from a file of save_model().   throws FileError
RunShape read_shape(const std::string& path);

/// A trained model, ready to predict.
struct TrainedModel {
  TrainOptions options;
  RunShape shape;
  std::shared_ptr<Model> model;
  DataSchema schema;

  /// The shape and the schema that data for the model must fit.
  ExpectedShape expected(bool needs_labels) const;

  /// Returns `asked`; where it has defaults, the run's values of --normalize, --min-rating,
  /// --ratings, --columns and --index-base are taken.
  DataOptions format_of(const DataOptions& asked) const;

  /// How the run's own training data are read once more, without messages.
  DataOptions own_format() const;

  /// The items that the run knows.
  KnownItems known_items() const { return {&schema}; }
};

/// A run's model as its folder holds it, before the model is made.
struct SavedModel {
  std::string path;  // the run folder
  TrainOptions options;
  RunShape shape;
  DataSchema schema;
  TorchTensors tensors;
};

/// Opens a run's model without reading its weights.
///   path    the run folder
///   throws  UserError if it holds no run with a model, FileError on a broken file
SavedModel read_saved_model(const std::string& path);

/// Reads a run's model, ready to predict. Errors as read_saved_model().
TrainedModel load_trained_model(const std::string& path, c10::Device device);

/// Names and tensors of all parameters, in a fixed order.
NamedTensors named_parameters(Model& model);

/// Names and tensors of all parameters and, after them, all buffers.
NamedTensors named_tensors(Model& model);

/// Whether a file may lack the tensor of this name, as runs of earlier versions do. The model then
/// keeps the zeros that it is made with.
bool may_be_missing(std::string_view name);

/// Reads the model's parameters and buffers from the tensors of the same names, straight into their
/// memory.
///   prefix  stands before the names in the file
///   throws  FileError if a tensor is missing or does not fit
void load_tensors(Model& model, const TorchTensors& file, const std::string& prefix = "");

}  // namespace spout
