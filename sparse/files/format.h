// Which format a data file has, decided by its content. Never a guess: a text that could be two
// things is an error that asks for --format.
#pragma once

#include <span>
#include <string_view>

#include "sparse/files/error.h"
#include "sparse/files/labeled_rows.h"
#include "sparse/files/libsvm.h"
#include "sparse/files/line_reader.h"

namespace spout {

enum class DataFormat { kXmc, kLibsvm, kAdjacency, kPairs, kNpz, kText };

struct DataFormatEntry {
  DataFormat format;
  std::string_view name;  // what --format calls it
  std::string_view help;
};

/// Every format with its name, in the order of the enumeration.
std::span<const DataFormatEntry> data_formats();

/// What --format calls it.
std::string_view format_name(DataFormat format);

/// Whether it is one of users and items.
bool is_interactions(DataFormat format);
/// The same by name; false of a name that is none.
bool is_interactions(std::string_view name);

/// A text that could be two formats.
class AmbiguousFormat : public FileError {
 public:
  using FileError::FileError;
};

/// Finds out the format of an unread file and goes back to its first line. Three integers first
/// are an XMC header only if a later line says so: it holds ':' or ','. kNpz stands for all of
/// NumPy's binary files.
///   throws AmbiguousFormat, FileError on an empty file and on any other content
DataFormat detect_format(LineReader& reader);

/// Whether an unread file begins as NumPy's binary files do.
bool is_binary(LineReader& reader);

/// Whether the first line with content of an unread text names a user's and an item's column.
bool has_pairs_header(LineReader& reader);

/// Reads an unread text file in the format named.
///   sink    null, or takes the rows over: see LabeledRows
///   throws FileError on formats that hold no labeled rows, and as the format's own reader
TextData read_text_data(LineReader& reader, DataFormat format, const TextSizes& sizes = {},
                        const RowSink& sink = nullptr);

}  // namespace spout
