// RAII wrappers around libzip.
#include "spout/sparse/files/io/zip_archive.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include <algorithm>
#include <utility>

#include "spout/sparse/base/error.h"

namespace spout {
namespace {

constexpr uint64_t kMaxDeflateRatio = 1032;  // the highest compression that deflate can reach
constexpr zip_int64_t kChunkBytes = zip_int64_t{1} << 30;
constexpr zip_uint16_t kFirstDosDay = (1 << 5) | 1;  // 1980-01-01

std::string message_of(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string message = zip_error_strerror(&error);
  zip_error_fini(&error);
  return message;
}

// Whether the file can hold the declared sizes of all its records at the highest compression. The
// sizes are summed because a hostile file can let its records share their bytes.
bool sizes_fit(zip_t* archive, uint64_t file_bytes) {
  const zip_int64_t count = zip_get_num_entries(archive, 0);
  uint64_t left = file_bytes;
  for (zip_int64_t i = 0; i < count; ++i) {
    zip_stat_t status;
    const bool known = zip_stat_index(archive, static_cast<zip_uint64_t>(i), 0, &status) == 0 &&
                       (status.valid & ZIP_STAT_SIZE) != 0;
    const uint64_t needed = known ? status.size / kMaxDeflateRatio : 0;
    if (needed > left) return false;
    left -= needed;
  }
  return true;
}

class ZipRecord final : public ByteSource {
 public:
  ZipRecord(std::string name, zip_file_t* file, uint64_t size)
      : name_(std::move(name)), file_(file), remaining_(size) {}
  ~ZipRecord() override { zip_fclose(file_); }
  ZipRecord(const ZipRecord&) = delete;
  ZipRecord& operator=(const ZipRecord&) = delete;

  void read(void* to, size_t size) override {
    if (size > remaining_) {
      throw FileError(fmt::format("{}: expected {} more bytes, found {}", name_, size, remaining_));
    }
    auto* out = static_cast<char*>(to);
    while (size > 0) {
      const auto wanted = std::min<zip_uint64_t>(size, kChunkBytes);
      const zip_int64_t got = zip_fread(file_, out, wanted);
      if (got < 0) fail();
      if (got == 0) {
        throw FileError(fmt::format("{}: expected {} more bytes, found the end", name_, size));
      }
      out += got;
      size -= static_cast<size_t>(got);
      remaining_ -= static_cast<uint64_t>(got);
    }
  }

  void finish() override {
    if (remaining_ > 0) {
      throw FileError(fmt::format("{}: expected its end, found {} more bytes", name_, remaining_));
    }
    // libzip compares the checksum when it meets the end, so one more byte is asked for.
    char beyond = 0;
    const zip_int64_t got = zip_fread(file_, &beyond, 1);
    if (got < 0) fail();
    if (got > 0) throw FileError(name_ + ": expected the declared size, found more bytes");
  }

  uint64_t remaining() const override { return remaining_; }
  const std::string& name() const override { return name_; }

 private:
  [[noreturn]] void fail() const {
    throw FileError(
        fmt::format("{}: expected sound data, found damage ({})", name_, zip_file_strerror(file_)));
  }

  std::string name_;
  zip_file_t* file_;
  uint64_t remaining_;
};

}  // namespace

ZipReader::ZipReader(const std::string& path) : path_(path) {
  const int descriptor = open_for_reading(path);
  struct stat status = {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor);
    throw FileError(path + ": expected a zip archive, found a pipe or device");
  }
  int code = 0;
  archive_ = zip_fdopen(descriptor, 0, &code);
  if (archive_ == nullptr) {
    ::close(descriptor);
    throw FileError(
        fmt::format("{}: expected a zip archive, found other data ({})", path, message_of(code)));
  }
  if (!sizes_fit(archive_, static_cast<uint64_t>(status.st_size))) {
    zip_discard(archive_);
    throw FileError(path + ": expected records that fit the file, found more bytes declared");
  }
}

ZipReader::~ZipReader() {
  zip_discard(archive_);
}

std::vector<std::string> ZipReader::names() const {
  std::vector<std::string> result;
  const zip_int64_t count = zip_get_num_entries(archive_, 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const char* name = zip_get_name(archive_, static_cast<zip_uint64_t>(i), 0);
    if (name != nullptr) result.emplace_back(name);
  }
  return result;
}

bool ZipReader::has(const std::string& name) const {
  return zip_name_locate(archive_, name.c_str(), 0) >= 0;
}

std::unique_ptr<ByteSource> ZipReader::open(const std::string& name) const {
  zip_stat_t status;
  if (zip_stat(archive_, name.c_str(), 0, &status) != 0 || (status.valid & ZIP_STAT_SIZE) == 0) {
    throw FileError(fmt::format("{}: expected a record {}, found none", path_, name));
  }
  zip_file_t* file = zip_fopen_index(archive_, status.index, 0);
  if (file == nullptr) {
    throw FileError(
        fmt::format("{}: cannot read the record {}: {}", path_, name, zip_strerror(archive_)));
  }
  return std::make_unique<ZipRecord>(fmt::format("{}: {}", path_, name), file, status.size);
}

std::string ZipReader::read(const std::string& name, uint64_t max_bytes) const {
  const auto record = open(name);
  if (record->remaining() > max_bytes) {
    throw FileError(fmt::format("{}: expected at most {} bytes, found {}", record->name(),
                                max_bytes, record->remaining()));
  }
  std::string bytes(record->remaining(), '\0');
  record->read(bytes.data(), bytes.size());
  record->finish();
  return bytes;
}

ZipWriter::ZipWriter(const std::string& path, bool overwrite) : file_(path, overwrite) {
  int code = 0;
  archive_ = zip_open(file_.temporary_path().c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  if (archive_ == nullptr) fail(message_of(code));
}

ZipWriter::~ZipWriter() {
  if (archive_ != nullptr) zip_discard(archive_);
}

void ZipWriter::fail(const std::string& message) const {
  throw FileError(fmt::format("{}: cannot write: {}", file_.path(), message));
}

void ZipWriter::add(const std::string& name, std::string head, std::string_view body,
                    bool deflate) {
  std::string& kept = heads_.emplace_back(std::move(head));
  std::vector<zip_buffer_fragment_t> parts;  // none of them empty, which libzip 1.7 refuses
  if (!kept.empty()) parts.push_back({reinterpret_cast<zip_uint8_t*>(kept.data()), kept.size()});
  if (!body.empty()) {
    // libzip takes a pointer to mutable bytes but does not change them.
    auto* bytes = reinterpret_cast<zip_uint8_t*>(const_cast<char*>(body.data()));
    parts.push_back({bytes, body.size()});
  }
  zip_source_t* source =
      zip_source_buffer_fragment(archive_, parts.empty() ? nullptr : parts.data(), parts.size(), 0);
  if (source == nullptr) fail(zip_strerror(archive_));
  const zip_int64_t index = zip_file_add(archive_, name.c_str(), source, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    zip_source_free(source);
    fail(zip_strerror(archive_));
  }
  const auto record = static_cast<zip_uint64_t>(index);
  const zip_int32_t method = deflate ? ZIP_CM_DEFLATE : ZIP_CM_STORE;
  if (zip_set_file_compression(archive_, record, method, 0) != 0 ||
      zip_file_set_dostime(archive_, record, 0, kFirstDosDay, 0) != 0) {
    fail(zip_strerror(archive_));
  }
}

void ZipWriter::commit() {
  if (zip_close(archive_) != 0) fail(zip_strerror(archive_));
  archive_ = nullptr;
  file_.commit();
}

}  // namespace spout
