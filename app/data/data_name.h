// DATA is a word of the command line that names one file, a pair of files, a folder or standard
// input. It is classified once, here, by its name.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace spout {

enum class DataForm : uint8_t {
  kText,        // a file of lines, or - for standard input
  kMatrix,      // one matrix file: .npz, .pt or .npy
  kMatrixPair,  // "X.npz,Y.npz" and the like
  kFolder,      // a data folder
};

struct DataName {
  DataForm form = DataForm::kText;
  std::string first;     // the path; of a pair, the path of X
  std::string second{};  // the path of a pair's Y

  /// Whether it names a pair or a folder of arrays, whose format is clear without --format.
  bool is_arrays() const { return form == DataForm::kFolder || form == DataForm::kMatrixPair; }
  /// Whether it is a pair I.npy,V.npy, which spout convert takes for indices and values.
  bool may_be_index_value() const {
    return form == DataForm::kMatrixPair && first.ends_with(".npy") && second.ends_with(".npy");
  }
};

/// Classifies `data` by its name, and for a folder by what the disk has. Opens no file.
///   throws UserError on a pair whose second file cannot hold a target
DataName parse_data_name(const std::string& data);

/// A file's path without .gz and without .txt, .npz or .pt. The names of files that belong to it
/// begin with that.
std::string stem_of(const std::string& path);

/// DATA with absolute paths, so that a run finds it from any working directory; "-" for a pipe,
/// which nobody can read again.
std::string absolute_data_path(const std::string& data);

/// Throws UserError if two of the options name the same pipe, or standard input, which can be read
/// only once.
///   options  their names and values
void refuse_pipe_named_twice(const std::vector<std::pair<const char*, std::string>>& options);

}  // namespace spout
