// What a race tries: models, and settings of them that have proved themselves on data of some kind.
// A candidate is a line of the table; options that the user has given stay as they are.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "spout/app/run/train_options.h"
#include "spout/sparse/batch/dataset.h"

namespace spout {

/// The value of an option, as it is written on the command line.
struct Setting {
  std::string_view option;  // without the dashes
  std::string_view value;
};

struct Candidate {
  std::string_view model;
  std::span<const Setting> settings{};  // what differs from the model's defaults
  bool is_for_best = false;             // enters with --effort best only
  bool is_for_few = false;              // suits few users: enters if a sample holds most of them
};

/// A candidate with all its options, ready to be trained.
struct Entrant {
  std::string name;  // "mlp --loss squared-hinge --hidden 1024"
  TrainOptions options;
  bool is_for_few = false;  // as the candidate's
};

/// The candidates that the options leave open: those of the model that is named, or of both parts
/// of a blend. Without a name these are, of examples, svm and mlp if both read the options given;
/// of users and items, all models that read them. Options given are kept, and what is then the same
/// as another candidate is left out.
///   asked    the options as they were given, before any model was settled
///   settled  the same, settled by the data
///   x        the features of the data, for their scaling
std::vector<Entrant> entrants(const TrainOptions& asked, const TrainOptions& settled,
                              const Features& x, bool has_interactions);

/// The settings of the svm that has won, by itself or as the part of a blend; one if the options
/// leave no other.
///   settled  with the model that has won
std::vector<Entrant> svm_entrants(const TrainOptions& asked, const TrainOptions& settled,
                                  const Features& x);

}  // namespace spout
