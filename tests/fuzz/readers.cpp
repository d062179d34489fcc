// What is common to all readers; see the header.
#include "spout/tests/fuzz/readers.h"

#include <c10/util/Exception.h>
#include <unistd.h>

#include <array>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "spout/app/options/option.h"
#include "spout/sparse/base/error.h"

namespace spout::fuzz {

namespace fs = std::filesystem;

Scratch::Scratch() {
  const fs::path memory = "/dev/shm";
  const fs::path root = fs::is_directory(memory) ? memory : fs::temp_directory_path();
  folder_ = (root / "spout-fuzz-XXXXXX").string();
  if (::mkdtemp(folder_.data()) == nullptr) throw std::runtime_error("cannot make " + folder_);
}

Scratch::~Scratch() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::string Scratch::write(std::string_view name, std::string_view bytes) const {
  std::string path = folder_ + "/" + std::string(name);
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return path;
}

void Scratch::remove(std::string_view name) const {
  fs::remove(folder_ + "/" + std::string(name));
}

const std::vector<Reader>& all_readers() {
  static const std::vector<Reader> kAll = [] {
    std::vector<Reader> all;
    for (const auto readers :
         {file_readers(), tokenizer_readers(), pretrained_readers(), run_readers()}) {
      all.insert(all.end(), readers.begin(), readers.end());
    }
    return all;
  }();
  return kAll;
}

const Reader* find_reader(std::string_view name) {
  for (const Reader& reader : all_readers()) {
    if (reader.name == name) return &reader;
  }
  return nullptr;
}

std::string defect(const Reader& reader, const Scratch& scratch, std::string_view input) {
  try {
    reader.read(scratch, input);
  } catch (const FileError&) {
    return {};
  } catch (const UserError&) {
    return {};
  } catch (const c10::ValueError&) {
    return {};
  } catch (const c10::IndexError&) {
    return {};
  } catch (const c10::Error& error) {
    return error.what_without_backtrace();
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

}  // namespace spout::fuzz
