// Symbols are stretches of the text, so that joining two of them only moves an end. A heap holds
// the possible joins; one that is out of date has another length than its parts.
#include "spout/sparse/tokenizers/sentence_piece_bpe.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "spout/sparse/text/unicode.h"
#include "spout/sparse/tokenizers/bpe.h"

namespace spout {

class SentencePieceBpe::Merger {
 public:
  Merger(const SentencePieceBpe& model, std::string_view text) : model_(model), text_(text) {}

  void run(std::vector<int64_t>& ids) {
    split();
    for (int32_t i = 0; i + 1 < count(); ++i)
      consider(i, i + 1);
    while (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end(), comes_later);
      const Join top = heap_.back();
      heap_.pop_back();
      take(top);
    }
    for (int32_t i = 0; i >= 0; i = at(i).next)
      add(letters(at(i)), ids);
  }

 private:
  struct Symbol {
    size_t begin;
    size_t size;  // 0: joined to the one before
    int32_t previous;
    int32_t next;  // -1: none
    bool fixed;
  };
  struct Join {
    float score;
    int32_t left;
    int32_t right;
    size_t size;
  };

  static bool comes_later(const Join& a, const Join& b) {
    return a.score != b.score ? a.score < b.score : a.left > b.left;
  }

  int32_t count() const { return static_cast<int32_t>(symbols_.size()); }
  Symbol& at(int32_t i) { return symbols_[static_cast<size_t>(i)]; }
  std::string_view letters(const Symbol& symbol) const {
    return text_.substr(symbol.begin, symbol.size);
  }

  void split() {
    const char* end = text_.data() + text_.size();
    for (size_t begin = 0; begin < text_.size();) {
      size_t size = 0;
      const std::string_view rest = text_.substr(begin);
      const bool fixed = model_.user_defined_.longest(rest, size) != ByteTrie::kNoValue;
      if (!fixed) size = static_cast<size_t>(read_code_point(text_.data() + begin, end).bytes);
      symbols_.push_back({begin, size, count() - 1, count() + 1, fixed});
      begin += size;
    }
    symbols_.back().next = -1;
  }

  void consider(int32_t left, int32_t right) {
    if (left < 0 || right < 0 || at(left).fixed || at(right).fixed) return;
    const size_t size = at(left).size + at(right).size;
    const std::string_view joined = text_.substr(at(left).begin, size);
    const int64_t id = model_.found_in_text_.find(joined);
    if (id < 0) return;
    const Piece& piece = model_.pieces_[static_cast<size_t>(id)];
    heap_.push_back({piece.score, left, right, size});
    std::push_heap(heap_.begin(), heap_.end(), comes_later);
    if (piece.unused) parts_[joined] = {letters(at(left)), letters(at(right))};
  }

  void take(const Join& top) {
    Symbol& left = at(top.left);
    Symbol& right = at(top.right);
    if (left.size == 0 || right.size == 0 || left.size + right.size != top.size) return;
    left.size = top.size;
    left.next = right.next;
    if (right.next >= 0) at(right.next).previous = top.left;
    right.size = 0;
    consider(left.previous, top.left);
    consider(top.left, left.next);
  }

  void add(std::string_view piece, std::vector<int64_t>& ids) {
    const int64_t id = model_.found_in_text_.find(piece);
    if (id >= 0 && model_.pieces_[static_cast<size_t>(id)].unused) {
      const auto found = parts_.find(piece);
      if (found != parts_.end()) {
        add(found->second.first, ids);
        add(found->second.second, ids);
        return;
      }
    }
    if (id >= 0) {
      ids.push_back(id);
    } else if (model_.byte_fallback_) {
      for (const char c : piece)
        ids.push_back(model_.bytes_[static_cast<unsigned char>(c)]);
    } else if (!after_unknown_) {
      ids.push_back(model_.unknown_);
    }
    after_unknown_ = id < 0;
  }

  const SentencePieceBpe& model_;
  std::string_view text_;
  std::vector<Symbol> symbols_;
  std::vector<Join> heap_;
  std::map<std::string_view, std::pair<std::string_view, std::string_view>> parts_;
  bool after_unknown_ = false;
};

SentencePieceBpe::SentencePieceBpe(const SentencePieceFile& file, int64_t unknown)
    : unknown_(unknown), byte_fallback_(file.byte_fallback) {
  for (const SentencePiece& piece : file.pieces) {
    const auto id = static_cast<int64_t>(pieces_.size());
    const bool is_user_defined = piece.type == SentencePieceType::kUserDefined;
    const bool is_unused = piece.type == SentencePieceType::kUnused;
    const bool in_text = piece.type == SentencePieceType::kNormal || is_user_defined || is_unused;
    pieces_.push_back({piece.score, is_unused});
    (in_text ? found_in_text_ : others_).set(piece.text, id);
    if (is_user_defined) user_defined_.set(piece.text, id);
  }
  for (size_t byte = 0; byte < bytes_.size(); ++byte) {
    const int64_t id = others_.find(byte_token(static_cast<int>(byte)));
    bytes_[byte] = id < 0 ? unknown : id;
  }
}

int64_t SentencePieceBpe::find(std::string_view token) const {
  const int64_t id = found_in_text_.find(token);
  return id >= 0 ? id : others_.find(token);
}

void SentencePieceBpe::encode(std::string_view piece, std::vector<int64_t>& ids) const {
  Merger(*this, piece).run(ids);
}

}  // namespace spout
