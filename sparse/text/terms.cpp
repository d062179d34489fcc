#include "spout/sparse/text/terms.h"

namespace spout {

uint64_t term_hash(std::string_view term) {
  uint64_t hash = 0xCBF29CE484222325;
  for (const char c : term)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  hash = (hash ^ hash >> 33) * 0xFF51AFD7ED558CCD;
  hash = (hash ^ hash >> 33) * 0xC4CEB9FE1A85EC53;
  return hash ^ hash >> 33;
}

void TermReader::pad_word(std::string_view word) {
  padded_ = ' ';
  padded_ += word;
  padded_ += ' ';
  starts_.clear();
  for (size_t i = 0; i < padded_.size(); ++i) {
    const bool continues = (static_cast<unsigned char>(padded_[i]) & 0xC0) == 0x80;
    if (!continues) starts_.push_back(i);
  }
  starts_.push_back(padded_.size());
}

std::string_view TermReader::char_ngram(int64_t begin, int64_t end) {
  const size_t from = starts_[static_cast<size_t>(begin)];
  gram_ = '#';
  gram_.append(padded_, from, starts_[static_cast<size_t>(end)] - from);
  return gram_;
}

}  // namespace spout
