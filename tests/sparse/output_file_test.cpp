// Files that appear whole or not at all, whoever writes them.
#include "spout/sparse/files/io/output_file.h"

#include <ATen/ops/ones_like.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>

#include "spout/sparse/files/numpy/npy.h"
#include "spout/sparse/files/numpy/npz.h"
#include "spout/sparse/files/text/prediction_text.h"
#include "spout/sparse/files/text/xmc.h"
#include "spout/sparse/files/torch/torch_file.h"
#include "spout/tests/testing.h"

using namespace spout;
using namespace spout::testing;

namespace {

using Names = std::vector<std::string>;

// A disk that is full after `bytes`: the kernel lets no file of this process grow beyond it.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &saved_);
    const rlimit limit{bytes, saved_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &saved_);
    ::signal(SIGXFSZ, handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit saved_ = {};
  void (*handler_)(int);
};

// `rows` rows of 50 entries each.
Csr large_matrix(int64_t rows) {
  std::vector<int64_t> crow = {0};
  std::vector<int64_t> col;
  std::vector<float> values;
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t i = 0; i < 50; ++i) {
      col.push_back(7 * i);
      values.push_back(static_cast<float>(row * 31 + i) / 7919.0f);
    }
    crow.push_back(static_cast<int64_t>(col.size()));
  }
  return make_csr(rows, 400, crow, col, values);
}

template <class Write>
std::string error_on_full_disk(Write&& write) {
  const FullDisk disk(20000);
  return error_of(write);
}

}  // namespace

TEST_CASE("output file: nothing has the name until commit") {
  TempFolder folder;
  OutputFile file(folder.path("a"));
  file.write("text");
  CHECK(!std::filesystem::exists(folder.path("a")));
  file.commit();
  CHECK(read_bytes(folder.path("a")) == "text");
  CHECK(folder.names() == Names{"a"});
}

TEST_CASE("output file: without commit nothing is left behind") {
  TempFolder folder;
  {
    OutputFile(folder.path("a")).write("text");
  }
  CHECK(folder.names().empty());
}

TEST_CASE("output file: what exists is refused, and stays") {
  TempFolder folder;
  const std::string path = folder.write("a", "old");
  CHECK_ERROR(OutputFile{path}, "a exists");
  CHECK(read_bytes(path) == "old");
}

TEST_CASE("output file: overwriting keeps the old file until commit") {
  TempFolder folder;
  const std::string path = folder.write("a", "old");
  OutputFile file(path, true);
  file.write("new");
  CHECK(read_bytes(path) == "old");
  file.commit();
  CHECK(read_bytes(path) == "new");
}

TEST_CASE("output file: overwriting through a link keeps the link") {
  TempFolder folder;
  const std::string path = folder.write("a", "old");
  std::filesystem::create_symlink(path, folder.path("link"));
  OutputFile file(folder.path("link"), true);
  file.write("new");
  file.commit();
  CHECK(read_bytes(path) == "new");
  CHECK(std::filesystem::is_symlink(folder.path("link")));
}

TEST_CASE("output file: a link is refused like the file that it leads to") {
  TempFolder folder;
  std::filesystem::create_symlink(folder.write("a", "old"), folder.path("link"));
  CHECK_ERROR(OutputFile(folder.path("link")), "link exists");
  std::filesystem::create_directory_symlink(folder.path(""), folder.path("folder"));
  CHECK_ERROR(OutputFile(folder.path("folder"), true), "found a folder");
  CHECK(read_bytes(folder.path("a")) == "old");
}

TEST_CASE("output file: a link that leads nowhere is refused, and stays") {
  TempFolder folder;
  for (const char* target : {"missing", "link"}) {  // the latter in a circle
    CAPTURE(target);
    std::filesystem::create_symlink(target, folder.path("link"));
    for (const bool overwrite : {false, true})
      CHECK_ERROR(OutputFile(folder.path("link"), overwrite), "found a link that leads nowhere");
    CHECK(folder.names() == Names{"link"});
    CHECK(std::filesystem::is_symlink(folder.path("link")));
    std::filesystem::remove(folder.path("link"));
  }
}

TEST_CASE("output file: what appears meanwhile is not overwritten") {
  TempFolder folder;
  OutputFile file(folder.path("a"));
  folder.write("a", "theirs");
  CHECK_ERROR(file.commit(), "exists");
  CHECK(read_bytes(folder.path("a")) == "theirs");
}

TEST_CASE("output file: a folder, a device and a missing folder are refused") {
  TempFolder folder;
  CHECK_ERROR(OutputFile(folder.path(""), true), "found a folder");
  CHECK_ERROR(OutputFile(folder.path("") + "/", true), "found a folder");
  CHECK_ERROR(OutputFile("/dev/full", true), "/dev/full: expected the name of a file to write");
  CHECK_ERROR(OutputFile(folder.path("b/c")), "c: cannot write: there is no folder");
  CHECK_ERROR(OutputFile(""), "expected the name of a file");
}

TEST_CASE("output file: a folder without write permission is refused") {
  TempFolder folder;
  std::filesystem::permissions(folder.path(""), std::filesystem::perms(0555));
  std::string error;
  {
    const Unprivileged user;
    error = error_of([&] { OutputFile(folder.path("a")); });
  }
  CHECK(error.find("a: cannot write: Permission denied") != std::string::npos);
}

TEST_CASE("output file: two files in one folder do not meet") {
  TempFolder folder;
  OutputFile one(folder.path("a"));
  OutputFile two(folder.path("a"));
  CHECK(one.temporary_path() != two.temporary_path());
}

TEST_CASE("output file: a temporary file is left behind once nobody writes it, whoever did") {
  TempFolder folder;
  std::string name;
  {
    OutputFile file(folder.path("a"));
    name = file.temporary_path();
    CHECK_FALSE(is_left_unfinished(name));
    CHECK_FALSE(is_left_unfinished(folder.path("b")));
    file.write("text");
    file.commit();
    CHECK_FALSE(is_left_unfinished(name));
  }
  CHECK(read_bytes(folder.path("a")) == "text");
  // Of a process that had the number of this one, and has died.
  const size_t dash = name.rfind('-');
  const int number = std::stoi(name.substr(dash + 1));
  const std::string prefix = std::filesystem::path(name.substr(0, dash + 1)).filename().string();
  for (int i = 1; i <= 3; ++i)
    folder.write(prefix + std::to_string(number + i) + ".tmp", "half");
  CHECK(folder.names().size() == 4);
  for (const std::string& left : folder.names()) {
    CHECK(is_left_unfinished(folder.path(left)) == (left != "a"));
    CHECK_FALSE(is_left_unfinished(folder.path("a")));
  }
  OutputFile other(folder.path("b"));
  other.write("more");
  other.commit();
  CHECK(read_bytes(folder.path("b")) == "more");
}

TEST_CASE("output file: every writer notices a full disk and leaves nothing behind") {
  TempFolder folder;
  const Csr matrix = large_matrix(400);
  const at::Tensor dense = matrix.values;
  Csr ones = matrix;
  ones.values = at::ones_like(matrix.values);
  const auto at = [&](const char* name) { return folder.path(name); };
  const Names errors = {
      error_on_full_disk([&] { write_npz(at("a.npz"), matrix); }),
      error_on_full_disk([&] { write_torch_sparse(at("a.pt"), matrix); }),
      error_on_full_disk([&] { write_torch_tensors(at("b.pt"), {{"w", dense}}); }),
      error_on_full_disk([&] { write_prediction_text(at("a.txt"), matrix); }),
      error_on_full_disk([&] { write_prediction_text(at("a.txt.gz"), matrix); }),
      error_on_full_disk([&] { write_npy(at("a.npy"), dense); }),
      error_on_full_disk([&] { write_xmc(at("b.txt"), matrix, ones); })};
  for (const std::string& error : errors) {
    INFO(error);
    CHECK(error.find(": cannot write: ") != std::string::npos);
    CHECK(error.find("File too large") != std::string::npos);
  }
  CHECK(folder.names().empty());
}

TEST_CASE("output file: a full disk leaves the file that was to be overwritten") {
  TempFolder folder;
  const std::string path = folder.write("a.npz", "old");
  const Csr matrix = large_matrix(400);
  const std::string error =
      error_on_full_disk([&] { write_npz(path, matrix, SparseLayout::kCsr, true); });
  CHECK(!error.empty());
  CHECK(read_bytes(path) == "old");
  CHECK(folder.names() == Names{"a.npz"});
}
