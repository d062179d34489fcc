// The pieces into which a text is cut before a model turns each into tokens: spans of one buffer.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace spout {

class Pieces {
 public:
  struct Span {
    size_t begin;
    size_t end;
    bool opens;  // whether the piece is at the beginning of the text
  };

  void clear() {
    letters_.clear();
    spans_.clear();
  }

  /// Adds a piece, unless it is empty.
  void add(std::string_view piece, bool opens) {
    letters_ += piece;
    close(opens);
  }

  /// The letters of the piece that close() will end.
  std::string& letters() { return letters_; }

  /// Makes a piece of the letters appended since the last one, unless there are none.
  void close(bool opens) {
    const size_t begin = spans_.empty() ? 0 : spans_.back().end;
    if (letters_.size() > begin) spans_.push_back({begin, letters_.size(), opens});
  }

  const std::vector<Span>& spans() const { return spans_; }
  std::string_view text(const Span& span) const {
    return std::string_view(letters_).substr(span.begin, span.end - span.begin);
  }

 private:
  std::string letters_;
  std::vector<Span> spans_;
};

}  // namespace spout
