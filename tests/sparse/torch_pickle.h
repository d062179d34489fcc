// Files of torch.save whose pickle is written by hand.
#pragma once

#include <string>
#include <vector>

#include "spout/sparse/files/io/zip_archive.h"
#include "spout/sparse/files/torch/pickle_writer.h"
#include "spout/tests/testing.h"

namespace spout::testing {

/// A file of torch.save with this pickle, and one storage of 6 floats.
inline std::string write_pickle(const TempFolder& folder, const std::string& pickle,
                                const std::string& order = "little") {
  ZipWriter zip(folder.path("p.pt"), true);
  zip.add("p/data.pkl", pickle, "", false);
  zip.add("p/byteorder", order, "", false);
  zip.add("p/data/0", std::string(24, '\0'), "", false);
  zip.commit();
  return folder.path("p.pt");
}

/// A tensor on that storage.
inline std::string tensor_of(int64_t offset, const std::vector<int64_t>& sizes,
                             const std::vector<int64_t>& strides, int64_t elements = 6,
                             const char* storage = "FloatStorage") {
  PickleWriter pickle;
  const auto put = [&](const std::vector<int64_t>& values) {
    pickle.mark();
    for (const int64_t value : values)
      pickle.integer(value);
    pickle.tuple();
  };
  pickle.global("torch._utils", "_rebuild_tensor_v2");
  pickle.mark();
  pickle.mark();
  pickle.text("storage");
  pickle.global("torch", storage);
  pickle.text("0");
  pickle.text("cpu");
  pickle.integer(elements);
  pickle.tuple();
  pickle.persistent_id();
  pickle.integer(offset);
  put(sizes);
  put(strides);
  pickle.boolean(false);
  pickle.global("collections", "OrderedDict");
  pickle.empty_tuple();
  pickle.reduce();
  pickle.tuple();
  pickle.reduce();
  const std::string bytes = pickle.finish();
  return bytes.substr(2, bytes.size() - 3);  // without protocol and end
}

inline constexpr const char* kTooLarge = "found a tensor larger than its storage";

}  // namespace spout::testing
