// Buffered text output, compressed by zlib's deflate.
#include "spout/sparse/files/io/text_writer.h"

#include "spout/sparse/base/error.h"

namespace spout {
namespace {

constexpr size_t kBufferBytes = size_t{1} << 18;
constexpr int kGzipWindow = 15 + 16;  // zlib's way to ask for a gzip header
constexpr int kMemoryLevel = 8;

}  // namespace

TextWriter::TextWriter(const std::string& path, bool overwrite)
    : file_(path, overwrite), compressed_(path.ends_with(".gz")) {
  if (!compressed_) return;
  packed_.resize(kBufferBytes);
  if (deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw FileError(path + ": cannot compress: out of memory");
  }
}

TextWriter::~TextWriter() {
  if (compressed_) deflateEnd(&stream_);
}

void TextWriter::append(std::string_view text) {
  while (!text.empty()) {
    const std::string_view part = text.substr(0, kBufferBytes);
    pending_ += part;
    text.remove_prefix(part.size());
    if (pending_.size() >= kBufferBytes) flush(Z_NO_FLUSH);
  }
}

void TextWriter::flush(int mode) {
  if (!compressed_) {
    file_.write(pending_);
    pending_.clear();
    return;
  }
  stream_.next_in = reinterpret_cast<unsigned char*>(pending_.data());
  stream_.avail_in = static_cast<unsigned>(pending_.size());
  do {
    stream_.next_out = packed_.data();
    stream_.avail_out = static_cast<unsigned>(packed_.size());
    deflate(&stream_, mode);
    file_.write(packed_.data(), packed_.size() - stream_.avail_out);
  } while (stream_.avail_out == 0);
  pending_.clear();
}

void TextWriter::commit() {
  flush(Z_FINISH);
  file_.commit();
}

}  // namespace spout
