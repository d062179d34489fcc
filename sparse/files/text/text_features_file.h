// Saves TextFeatures in a folder: text.json (settings and counts), terms.txt (a term per line, in
// the order of the features), idf.npy (f32).
#pragma once

#include <string>

#include "spout/sparse/text/text_features.h"

namespace spout {

/// Writes the files into an existing folder, in place of those of an earlier save: no terms.txt if
/// terms are hashed, and no idf.npy for tokens.   throws FileError
void save_text_features(const std::string& folder, const TextFeatures& features);

/// Whether the folder has a text.json.
bool holds_text_features(const std::string& folder);

/// Reads what save_text_features() wrote.
///   throws FileError, also if the files do not fit each other
TextFeatures load_text_features(const std::string& folder);

}  // namespace spout
