#include "spout/sparse/tokenizers/tokenizer.h"

#include <algorithm>
#include <string>
#include <utility>

#include "spout/sparse/tokenizers/tokenizer_parts.h"

namespace spout {
namespace {

// One text on its way through the parts. Buffers outlive it, for the next text of the thread.
class Encoding {
 public:
  struct Buffers {
    std::vector<AddedPart> parts;
    std::vector<AddedPart> normalized_parts;
    std::string normalized;
    Pieces pieces;
  };

  Encoding(const TokenizerParts& parts, size_t most, Buffers& buffers, std::vector<int64_t>& ids)
      : parts_(parts), buffers_(buffers), ids_(ids), end_(most) {}

  void run(std::string_view text) {
    parts_.in_text.find(text, buffers_.parts);
    for (const AddedPart& part : buffers_.parts) {
      if (is_full()) return;
      if (part.id >= 0) {
        ids_.push_back(part.id);
      } else {
        add_text(part.text, part.text.data() == text.data());
      }
    }
  }

 private:
  bool is_full() const { return ids_.size() >= end_; }

  void add_text(std::string_view text, bool opens) {
    if (parts_.normalizer != nullptr) {
      buffers_.normalized.clear();
      parts_.normalizer->append(text, buffers_.normalized);
      text = buffers_.normalized;
    }
    if (parts_.in_normalized.empty()) {
      add_normalized(text, opens);
      return;
    }
    parts_.in_normalized.find(text, buffers_.normalized_parts);
    for (const AddedPart& part : buffers_.normalized_parts) {
      if (is_full()) return;
      if (part.id >= 0) {
        ids_.push_back(part.id);
      } else {
        add_normalized(part.text, opens && part.text.data() == text.data());
      }
    }
  }

  void add_normalized(std::string_view text, bool opens) {
    if (text.empty()) return;
    if (parts_.pre_tokenizer == nullptr) {
      parts_.model->encode(text, ids_);
      return;
    }
    Pieces& pieces = buffers_.pieces;
    pieces.clear();
    parts_.pre_tokenizer->split(text, opens, pieces);
    for (const Pieces::Span& span : pieces.spans()) {
      if (is_full()) return;
      parts_.model->encode(pieces.text(span), ids_);
    }
  }

  const TokenizerParts& parts_;
  Buffers& buffers_;
  std::vector<int64_t>& ids_;
  size_t end_;  // as many ids suffice
};

}  // namespace

int64_t TokenizerParts::find(std::string_view token) const {
  const int64_t id = added_ids.find(token);
  return id >= 0 ? id : model->find(token);
}

void TokenizerParts::add(AddedToken token) {
  added_ids.set(token.content, token.id);
  added.push_back(std::move(token));
}

void TokenizerParts::settle() {
  std::vector<AddedToken> raw;
  std::vector<AddedToken> normal;
  vocabulary = std::max(model->vocabulary(), added_ids.end());
  for (const AddedToken& token : added)
    (token.normalized ? normal : raw).push_back(token);
  in_text = AddedTokens(raw, nullptr);
  in_normalized = AddedTokens(normal, normalizer.get());
}

Tokenizer::Tokenizer(TokenizerParts parts) {
  parts.settle();
  parts_ = std::make_unique<const TokenizerParts>(std::move(parts));
}

Tokenizer::~Tokenizer() = default;

void Tokenizer::encode(std::string_view text, int64_t max_length, std::vector<int64_t>& ids,
                       bool special) const {
  thread_local Encoding::Buffers buffers;
  static const TokenTemplate kNone;
  const TokenTemplate& ends = special ? parts_->ends : kNone;
  const bool limited = max_length > 0;
  const auto closing = static_cast<int64_t>(ends.before.size() + ends.behind.size());
  const auto room = static_cast<size_t>(std::max(max_length - closing, int64_t{0}));
  const size_t start = ids.size();
  ids.insert(ids.end(), ends.before.begin(), ends.before.end());
  const size_t first = ids.size();
  const bool may_stop = limited && !parts_->keeps_end;
  Encoding(*parts_, may_stop ? first + room : ids.max_size(), buffers, ids).run(text);
  if (limited && ids.size() - first > room) {
    const auto extra = static_cast<std::ptrdiff_t>(ids.size() - first - room);
    const auto from =
        parts_->keeps_end ? ids.begin() + static_cast<std::ptrdiff_t>(first) : ids.end() - extra;
    ids.erase(from, from + extra);
  }
  ids.insert(ids.end(), ends.behind.begin(), ends.behind.end());
  if (limited) ids.resize(std::min(ids.size(), start + static_cast<size_t>(max_length)));
}

int64_t Tokenizer::vocabulary() const {
  return parts_->vocabulary;
}

int64_t Tokenizer::padding() const {
  return parts_->padding >= 0 ? parts_->padding : vocabulary();
}

int64_t Tokenizer::unknown() const {
  if (parts_->mask >= 0) return parts_->mask;
  const int64_t unknown = parts_->model->unknown();
  return unknown >= 0 ? unknown : padding();
}

int64_t Tokenizer::max_length() const {
  return parts_->max_length;
}

int64_t Tokenizer::closing() const {
  return static_cast<int64_t>(parts_->ends.before.size() + parts_->ends.behind.size());
}

}  // namespace spout
