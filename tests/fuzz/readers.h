// Every reader of files, by name, as spout calls it: for the fuzzer, and for the test that reads
// again what the fuzzer has found.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spout::fuzz {

/// A folder for the files that an input stands for.
class Scratch {
 public:
  /// Makes a folder in memory where there is such.
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::string& folder() const { return folder_; }

  /// Writes a file, over an older one, and gives its path.
  std::string write(std::string_view name, std::string_view bytes) const;

  /// Removes a file that may not be there.
  void remove(std::string_view name) const;

 private:
  std::string folder_;
};

struct Reader {
  std::string_view name;
  /// Reads `input` and checks what comes out; throws what the reader throws.
  void (*read)(const Scratch& scratch, std::string_view input);
  /// Memory that it may take for a byte of input; 0: nothing is claimed.
  double bytes_per_byte = 0;
  /// The same of a single allocation.
  double block_bytes_per_byte = 0;
};

/// Those of sparse/, of its tokenizers, of models/pretrained and of app/.
std::span<const Reader> file_readers();
std::span<const Reader> tokenizer_readers();
std::span<const Reader> pretrained_readers();
std::span<const Reader> run_readers();

/// All of these.
const std::vector<Reader>& all_readers();

/// The reader of that name; null where there is none.
const Reader* find_reader(std::string_view name);

/// Reads; returns what is wrong with the reader. Empty where it read or refused the input as it
/// promises to: by FileError, UserError, ValueError or IndexError.
std::string defect(const Reader& reader, const Scratch& scratch, std::string_view input);

}  // namespace spout::fuzz
