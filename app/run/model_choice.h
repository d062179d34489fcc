// Chooses the model if the user names none, fills in its defaults, and checks that it reads every
// option that was given.
#pragma once

#include "spout/app/run/train_options.h"

namespace spout {

/// The learning rate that --lr 0 stands for: the optimizer's own, or a multiple of it.
///   options  settled (settle_model())
double usual_lr(const TrainOptions& options);

/// Settles the model and the options that are left to it. The model `auto` becomes prototypes or
/// encoder with --encoder, cnn with --vectors, else svm, or the first model that reads the options
/// given where svm does not. Loss, hidden layers, activation, input dropout, normalisation and, of
/// models fitted in one pass, optimizer and epochs become the model's defaults.
///   throws UserError on an unknown model
void settle_model(TrainOptions& options);

/// Replaces svm by mlp if the choice is still open (TrainOptions::model_is_open) and the data do
/// not suit svm: users and items, tokens, dense features, rows with more than 5 % of the features,
/// and data that stay in their files.
void settle_model_by_data(TrainOptions& options, const Features& x, bool has_interactions);

/// Whether an option of training in steps was given, or does not have its default value.
bool asks_for_steps(const TrainOptions& options);

/// Throws UserError, with advice, if the model does not read features of this kind.
void check_features(const TrainOptions& options, const Features& x);

/// Throws UserError on the first option that has no effect on the model, or no such value there.
///   options  settled (settle_model())
void check_model_options(const TrainOptions& options);

}  // namespace spout
