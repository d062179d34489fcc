// Detects the format of a data file by its content. It never guesses: a text that could be two
// formats is an error.
#pragma once

#include <span>
#include <string_view>

#include "spout/sparse/base/error.h"
#include "spout/sparse/files/io/line_reader.h"
#include "spout/sparse/files/text/labeled_rows.h"
#include "spout/sparse/files/text/libsvm.h"

namespace spout {

enum class DataFormat { kXmc, kLibsvm, kAdjacency, kPairs, kNpz, kText };

struct DataFormatEntry {
  DataFormat format;
  std::string_view name;
  std::string_view help;
};

/// Every format with its name, in the order of the enumeration.
std::span<const DataFormatEntry> data_formats();

/// The name of a format in that list.
std::string_view format_name(DataFormat format);

/// Whether a format holds users and items.
bool is_interactions(DataFormat format);
/// Whether the format of this name holds users and items; false for an unknown name.
bool is_interactions(std::string_view name);

/// Thrown for a text that could be two formats.
class AmbiguousFormat : public FileError {
 public:
  using FileError::FileError;
};

/// Detects the format of an unread file and goes back to its first line. A first line of three
/// integers is an XMC header only if a later line holds ':' or a list with commas. kNpz stands for
/// every zip or .npy file.
///   throws AmbiguousFormat, FileError on an empty file and on any other content
DataFormat detect_format(LineReader& reader);

/// Whether an unread file begins as zip and .npy files do.
bool is_binary(LineReader& reader);

/// Reads an unread text file in the given format.
///   sink    null, or takes the rows over: see LabeledRows
///   throws FileError on formats that hold no labeled rows, and as the format's own reader
TextData read_text_data(LineReader& reader, DataFormat format, const LibsvmOptions& options = {},
                        const RowSink& sink = nullptr);

}  // namespace spout
