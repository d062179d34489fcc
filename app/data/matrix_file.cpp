#include "spout/app/data/matrix_file.h"

#include "spout/app/process/say.h"
#include "spout/sparse/files/predictions.h"

namespace spout {

void say_summed(const std::string& path, int64_t summed) {
  if (summed > 0) say("{}: {} entries named twice were added up\n", path, summed);
}

Csr read_matrix_file(const std::string& path, int64_t cols) {
  int64_t summed = 0;
  Csr matrix = read_predictions(path, cols, &summed);
  say_summed(path, summed);
  return matrix;
}

}  // namespace spout
