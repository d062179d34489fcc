// What the fuzzer (scripts/checks/fuzz.sh) has found stays found: its inputs, as small as they
// could be made, are read again by the reader that they once broke.
#include <filesystem>

#include "spout/tests/fuzz/readers.h"
#include "spout/tests/testing.h"

using namespace spout;
using namespace spout::testing;

TEST_CASE("fuzz: what once broke a reader is read, or refused as readers promise") {
  const fuzz::Scratch scratch;
  int num_inputs = 0;
  for (const auto& folder : std::filesystem::directory_iterator(SPOUT_FUZZ_REGRESSIONS)) {
    const fuzz::Reader* reader = fuzz::find_reader(folder.path().filename().string());
    CAPTURE(folder.path().string());
    REQUIRE(reader != nullptr);
    for (const auto& input : std::filesystem::directory_iterator(folder)) {
      CAPTURE(input.path().string());
      CHECK(fuzz::defect(*reader, scratch, read_bytes(input.path().string())) == "");
      ++num_inputs;
    }
  }
  CHECK(num_inputs > 0);
}
