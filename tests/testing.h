// What every test file includes, and first: doctest after torch, whose own CHECK macros would
// abort the process; a folder that cleans itself up; texts of exceptions.
#pragma once

#include <ATen/core/Tensor.h>

#undef CHECK
#undef CHECK_EQ
#undef CHECK_NE
#undef CHECK_LT
#undef CHECK_LE
#undef CHECK_GT
#undef CHECK_GE

#include <c10/util/Exception.h>
#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spout::testing {

/// A new folder, removed with everything in it at the end of the scope.
class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "spout-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  /// The path of `name` in the folder.
  std::string path(std::string_view name) const { return (folder_ / name).string(); }

  /// Writes a file and gives its path.
  std::string write(std::string_view name, std::string_view bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
    return path(name);
  }

  /// Names of everything in the folder, so that a test can see what was left behind.
  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      result.push_back(entry.path().filename().string());
    }
    return result;
  }

 private:
  std::filesystem::path folder_;
};

/// Takes root's rights away for the length of a scope; of no effect for other users.
class Unprivileged {
 public:
  Unprivileged() : root_(::geteuid() == 0) {
    constexpr uid_t kNobody = 65534;
    if (root_) REQUIRE(::seteuid(kNobody) == 0);
  }
  ~Unprivileged() {
    if (root_) static_cast<void>(::seteuid(0) + 0);
  }
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;

 private:
  bool root_;
};

/// All bytes of a file.
inline std::string read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// What `action` throws, as a person would read it; empty if it throws nothing.
template <class Action>
std::string error_of(Action&& action) {
  try {
    action();
  } catch (const c10::Error& error) {
    return error.what_without_backtrace();
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

/// The elements of a tensor of type T, in order.
template <class T>
std::vector<T> elements(const at::Tensor& tensor) {
  const at::Tensor plain = tensor.contiguous();
  const T* data = plain.const_data_ptr<T>();
  return {data, data + plain.numel()};
}

/// A span's elements, for comparisons.
template <class T>
std::vector<T> elements(std::span<const T> span) {
  return {span.begin(), span.end()};
}

}  // namespace spout::testing

/// The text of what `action` throws holds `part`.
#define CHECK_ERROR(action, part)                                               \
  do {                                                                          \
    const std::string error_text = ::spout::testing::error_of([&] { action; }); \
    INFO("error: \"", error_text, "\"");                                        \
    CHECK(error_text.find(part) != std::string::npos);                          \
  } while (false)
