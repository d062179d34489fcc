// The readers of sparse/: what they return is checked as well, since all that follows trusts it.
#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include <array>
#include <cmath>
#include <stdexcept>

#include "spout/sparse/base/error.h"
#include "spout/sparse/files/data_folder.h"
#include "spout/sparse/files/features.h"
#include "spout/sparse/files/numpy/npy.h"
#include "spout/sparse/files/numpy/npz.h"
#include "spout/sparse/files/text/adjacency.h"
#include "spout/sparse/files/text/documents.h"
#include "spout/sparse/files/text/format.h"
#include "spout/sparse/files/text/libsvm.h"
#include "spout/sparse/files/text/pairs.h"
#include "spout/sparse/files/text/prediction_text.h"
#include "spout/sparse/files/text/text_features_file.h"
#include "spout/sparse/files/text/vocabulary_file.h"
#include "spout/sparse/files/text/word_vectors.h"
#include "spout/sparse/files/text/xmc.h"
#include "spout/sparse/files/torch/torch_file.h"
#include "spout/tests/fuzz/parts.h"
#include "spout/tests/fuzz/readers.h"

namespace spout::fuzz {
namespace {

void require(bool holds, const char* what) {
  if (!holds) throw std::logic_error(std::string("read, but not as promised: ") + what);
}

void check_finite(const at::Tensor& values) {
  const auto* value = values.const_data_ptr<float>();
  for (int64_t i = 0; i < values.numel(); ++i)
    require(std::isfinite(value[i]), "a value is not finite");
}

void check_matrix(const Csr& matrix) {
  try {
    check(matrix);
  } catch (const Error& error) {
    throw std::logic_error(error.what());
  }
  check_finite(matrix.values);
}

void check_text(const TextData& data) {
  check_matrix(data.x);
  check_matrix(data.y);
  require(data.x.rows == data.y.rows, "features and labels have other rows");
}

void check_interactions(const Interactions& read) {
  check_matrix(read.matrix);
  require(read.users.size() == read.matrix.rows, "users and rows are not as many");
  require(std::ssize(read.time) == read.matrix.nnz(), "times and entries are not as many");
  for (const double time : read.time)
    require(!std::isnan(time), "a time is not a number");
}

void read_xmc_text(const Scratch& scratch, std::string_view input) {
  LineReader reader(scratch.write("a.txt", input));
  check_text(read_xmc(reader));
}

void read_libsvm_text(const Scratch& scratch, std::string_view input) {
  LineReader reader(scratch.write("a.txt", input));
  check_text(read_libsvm(reader));
}

void read_adjacency_text(const Scratch& scratch, std::string_view input) {
  LineReader reader(scratch.write("a.txt", input));
  check_interactions(read_adjacency(reader));
}

void read_pairs_text(const Scratch& scratch, std::string_view input) {
  const std::string path = scratch.write("a.csv", input);
  InteractionOptions options;
  options.keeps_ratings = input.size() % 2 == 0;
  options.min_rating = 1;
  LineReader reader(path);
  check_interactions(read_pairs(reader, options));
}

void read_document_text(const Scratch& scratch, std::string_view input) {
  LineReader reader(scratch.write("a.txt", input));
  const Documents read = read_documents(reader);
  check_matrix(read.y);
  require(std::ssize(read.texts) == read.y.rows, "texts and rows are not as many");
}

void read_compressed_text(const Scratch& scratch, std::string_view input) {
  LineReader reader(scratch.write("a.txt.gz", input));
  while (reader.next())
    continue;
}

void find_format(const Scratch& scratch, std::string_view input) {
  LineReader reader(scratch.write("a.txt", input));
  const DataFormat format = detect_format(reader);
  require(reader.line() == 0, "the reader is not at the first line");
  if (format == DataFormat::kAdjacency) return check_interactions(read_adjacency(reader));
  if (format == DataFormat::kPairs) return check_interactions(read_pairs(reader));
  if (format == DataFormat::kText) return check_matrix(read_documents(reader).y);
  check_text(read_text_data(reader, format));
}

void read_prediction_texts(const Scratch& scratch, std::string_view input) {
  const std::string path = scratch.write("a.txt", input);
  LineReader reader(path);
  const bool numbered = prediction_names(reader) == PredictionNames::kNumbers;
  Vocabulary names;
  check_matrix(numbered ? read_prediction_text(reader) : read_named_prediction_text(reader, names));
}

void read_names(const Scratch& scratch, std::string_view input) {
  const Vocabulary names = read_vocabulary(scratch.write("labels.txt", input));
  for (int64_t id = 0; id < names.size(); ++id)
    require(names.find(names.name(id)) == id, "a name is not found");
}

/// A refusal says nothing: the other way to read it may be the right one.
void read_unrounded(std::string_view input) {
  try {
    MemorySource source("a.npy", input);
    read_npy_unrounded(source);
  } catch (const FileError&) {
    return;
  }
}

void read_npy(const Scratch& scratch, std::string_view input) {
  read_unrounded(input);
  check_finite(read_dense_npy(scratch.write("a.npy", input)));
}

void read_npz_file(const Scratch& scratch, std::string_view input) {
  check_matrix(read_npz(scratch.write("a.npz", input)).matrix);
}

void read_npz_parts(const Scratch& scratch, std::string_view input) {
  const std::string path = write_archive(scratch, "a.npz", input,
                                         {"format.npy", "shape.npy", "indptr.npy", "indices.npy",
                                          "data.npy", "row.npy", "col.npy", "coords.npy"});
  check_matrix(read_npz(path).matrix);
}

void read_vectors_of_words(const Scratch& scratch, std::string_view input) {
  Vocabulary words;
  for (const char* word : {"the", "of", "paris", "a"})
    words.add(word);
  const WordVectors read = read_word_vectors(scratch.write("a.txt", input), words);
  check_finite(read.rows);
  require(read.rows.size(0) == std::ssize(read.words), "vectors and words are not as many");
  for (size_t i = 0; i < read.words.size(); ++i) {
    require(read.words[i] >= 0 && read.words[i] < words.size(), "a word is not one of these");
    require(i == 0 || read.words[i - 1] < read.words[i], "words do not ascend");
  }
}

void read_matrix(const std::string& path) {
  const TorchMatrix read = read_torch_matrix(path);
  if (read.dense.defined()) check_finite(read.dense);
  if (!read.dense.defined()) check_matrix(read.sparse);
}

void read_torch_archive(const Scratch& scratch, std::string_view input) {
  read_matrix(scratch.write("a.pt", input));
}

void read_torch_parts(const Scratch& scratch, std::string_view input) {
  const std::string path =
      write_archive(scratch, "a.pt", input,
                    {"a/data.pkl", "a/byteorder", "a/data/0", "a/data/1", "a/data/2", "a/data/3"});
  for (const auto& [name, tensor] : read_torch_file(path).tensors)
    tensor.to(at::kFloat).sum();
  read_matrix(path);
}

void read_text_features(const Scratch& scratch, std::string_view input) {
  scratch.write("text.json", find_part(input, 'a'));
  scratch.write("terms.txt", find_part(input, 'b'));
  scratch.write("idf.npy", find_part(input, 'c'));
  const TextFeatures features = load_text_features(scratch.folder());
  const Features x = features.features({"", "a text of the and a few other words"});
  if (x.is_sparse()) check_matrix(x.sparse);
}

void read_data_folder_parts(const Scratch& scratch, std::string_view input) {
  constexpr std::array<std::string_view, 7> kArrays = {
      "shape.npy",    "X_indptr.npy",  "X_indices.npy", "X_data.npy",
      "Y_indptr.npy", "Y_indices.npy", "Y_data.npy"};
  for (size_t i = 0; i < kArrays.size(); ++i)
    scratch.write(kArrays[i], find_part(input, static_cast<char>('a' + i)));
  scratch.remove("X.npy");
  if (const auto dense = find_part(input, 'h'); !dense.empty()) scratch.write("X.npy", dense);
  const Dataset data = read_data_folder(scratch.folder());
  if (data.x.is_sparse()) check_matrix(data.x.sparse);
  if (!data.x.is_sparse()) check_finite(data.x.dense);
  check_matrix(data.y);
}

constexpr std::array<Reader, 17> kReaders = {{
    {"xmc", &read_xmc_text, 40, 10},
    {"libsvm", &read_libsvm_text, 40, 10},
    {"adjacency", &read_adjacency_text, 40, 10},
    {"pairs", &read_pairs_text, 40, 10},
    {"documents", &read_document_text, 40, 10},
    {"gzip", &read_compressed_text, 2200},
    {"format", &find_format, 40, 10},
    {"predictions", &read_prediction_texts, 40, 10},
    {"names", &read_names, 40, 10},
    {"word-vectors", &read_vectors_of_words, 0},
    {"npy", &read_npy, 16},
    {"npz", &read_npz_file, 9000},
    {"npz-parts", &read_npz_parts, 9000},
    {"torch", &read_torch_archive, 1032 * 128},
    {"torch-parts", &read_torch_parts, 1032 * 128},
    {"text-features", &read_text_features, 0},
    {"data-folder", &read_data_folder_parts, 16},
}};

}  // namespace

std::span<const Reader> file_readers() {
  return kReaders;
}

}  // namespace spout::fuzz
