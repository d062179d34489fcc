// Documents as matrices: the names that stand behind the numbers go into a folder beside them,
// which reads further documents to the same numbers. A run is such a folder as well.
#pragma once

#include <string>
#include <vector>

#include "app/data_schema.h"
#include "app/data_source.h"

namespace spout {

/// The options of text of `spout convert`.
///   names  the folder to read by; empty: the documents settle words and labels
std::vector<Option> conversion_text_options(TextFlags& flags, std::string& names);

/// Reads documents by the words and labels in the folder `names`; other labels are numbered on, and
/// then `learned` is given all.
///   throws UserError where it holds no words, or `options` say how words are made; FileError
Dataset read_named_documents(const std::string& in, const DataOptions& options,
                             const std::string& names, DataSchema& learned);

/// Throws UserError where the folder for names beside OUT, "X.names", is there and not `force`.
void check_names_folder(const std::string& out, bool force);

/// Writes it, and says so.   throws FileError
void write_names_folder(const std::string& out, const DataSchema& schema);

}  // namespace spout
