// Converts documents to matrices. The vocabulary and the label names go into a folder beside the
// matrices, by which further documents get the same column numbers. A run folder serves as well.
#pragma once

#include <string>
#include <vector>

#include "spout/app/data/data_schema.h"
#include "spout/app/data/data_source.h"
#include "spout/app/process/device.h"

namespace spout {

/// The options for documents of `spout convert`.
///   names    the folder of --names; empty: the documents define the vocabulary and the labels
///   encoder  the folder of --encoder; empty: none
std::vector<Option> conversion_text_options(TextFlags& flags, std::string& names,
                                            std::string& encoder);

/// Loads the encoder or the tokenizer that the options name, if any, and settles --features. The
/// data are then documents.
///   throws FileError or UserError
void load_conversion_encoder(DataOptions& options, const std::string& encoder,
                             const DeviceOptions& device);

/// Reads documents by the vocabulary and the labels in the folder `names`. Further labels are
/// numbered after those; if there are any, `learned` receives the whole schema.
///   schema  what the folder holds
///   throws UserError if that is no vocabulary or `options` ask for another; FileError
Dataset read_named_documents(LineReader& in, const DataOptions& options, const std::string& names,
                             DataSchema schema, DataSchema& learned);

/// Throws UserError if the folder for names beside OUT, "X.names", exists and `force` is false.
void check_names_folder(const std::string& out, bool force);

/// Writes the folder for names beside OUT, and a line on stdout.   throws FileError
void write_names_folder(const std::string& out, const DataSchema& schema);

}  // namespace spout
