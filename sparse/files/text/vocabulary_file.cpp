#include "spout/sparse/files/text/vocabulary_file.h"

#include "spout/sparse/base/error.h"
#include "spout/sparse/base/numbers.h"
#include "spout/sparse/files/io/line_reader.h"
#include "spout/sparse/files/io/text_writer.h"

namespace spout {

void write_vocabulary(const std::string& path, const Vocabulary& names) {
  TextWriter writer(path, /*overwrite=*/true);
  for (int64_t id = 0; id < names.size(); ++id) {
    writer.append(names.name(id));
    writer.append("\n");
  }
  writer.commit();
}

Vocabulary read_vocabulary(const std::string& path) {
  LineReader reader(path, LineText::kOwn);
  Vocabulary names;
  while (const auto line = reader.next()) {
    if (names.add(*line) + 1 == reader.line()) continue;
    throw bad_line(path, reader.line(), "a name of its own, found " + in_quotes(*line) + " again");
  }
  return names;
}

}  // namespace spout
