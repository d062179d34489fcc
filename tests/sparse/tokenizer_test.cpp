// Tokenizers of small files written by hand; tests/cli/tokenizer_test.py compares larger ones with
// `tokenizers` and `sentencepiece`.
#include <cstdint>
#include <string>
#include <vector>

#include "spout/sparse/base/error.h"
#include "spout/sparse/tokenizers/byte_level.h"
#include "spout/sparse/tokenizers/charsmap.h"
#include "spout/sparse/tokenizers/normal_form.h"
#include "spout/sparse/tokenizers/point_sets.h"
#include "spout/sparse/tokenizers/tokenizer.h"
#include "spout/tests/testing.h"

using namespace spout;
using namespace spout::testing;

namespace {

using Ids = std::vector<int64_t>;

Ids ids_of(const Tokenizer& tokenizer, std::string_view text, int64_t max_length = 0) {
  Ids ids;
  tokenizer.encode(text, max_length, ids);
  return ids;
}

const std::string kVocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\nsea\n##s\n##ide\n!\n";

/// A tokenizer.json with a model, and more members before it.
std::string whole(const std::string& model, const std::string& more = "") {
  return "{" + more + "\"model\":" + model + "}";
}

const std::string kWordPiece =
    R"({"type":"WordPiece","unk_token":"[UNK]","vocab":{"[UNK]":0,"a":1,"b":2,"##b":3}})";
const std::string kBpe =
    R"({"type":"BPE","unk_token":"?","vocab":{"?":0,"a":1,"b":2,"c":3,"ab":4,"abc":5},)"
    R"("merges":["a b",["ab","c"]]})";
const std::string kUnigram =
    R"({"type":"Unigram","unk_id":0,"vocab":[["?",0],["a",-1],["b",-1.5],["ab",-2]]})";
const std::string kBlanks = R"("pre_tokenizer":{"type":"WhitespaceSplit"},)";

std::string refusal(const std::string& json) {
  const TempFolder folder;
  const std::string path = folder.write("tokenizer.json", json);
  try {
    load_tokenizer(path);
  } catch (const FileError& error) {
    const std::string text = error.what();
    CHECK(text.starts_with(path + ": expected "));
    CHECK(text.find('\n') == std::string::npos);
    return text.substr(path.size() + 2);
  }
  return "";
}

}  // namespace

TEST_CASE("tokenizer: a vocab.txt is BERT's WordPiece") {
  const TempFolder folder;
  const auto t = load_tokenizer(folder.write("vocab.txt", kVocabulary));
  CHECK(ids_of(*t, "The seas") == Ids{2, 5, 6, 7, 3});
  CHECK(ids_of(*t,
               "S\xC3\xA9"
               "a!the") == Ids{2, 6, 9, 5, 3});
  CHECK(ids_of(*t, "seaside [MASK] nothing") == Ids{2, 6, 7, 8, 4, 1, 3});
  CHECK(t->vocabulary() == 10);
  CHECK(t->padding() == 0);
  CHECK(t->unknown() == 4);
  CHECK(t->closing() == 2);
  CHECK(t->max_length() == 0);
}

TEST_CASE("tokenizer: tokenizer_config.json says how a vocab.txt is read") {
  const TempFolder folder;
  folder.write("vocab.txt", kVocabulary);
  folder.write("tokenizer_config.json",
               R"({"do_lower_case":false,"model_max_length":7,"mask_token":{"content":"the"}})");
  const auto t = load_tokenizer(folder.path(""));
  CHECK(ids_of(*t, "The sea") == Ids{2, 1, 6, 3});
  CHECK(t->max_length() == 7);
  CHECK(t->unknown() == 5);
  CHECK(tokenizer_files(folder.path("")).size() == 2);
}

TEST_CASE("tokenizer: a text is cut and keeps the special tokens") {
  const TempFolder folder;
  const auto t = load_tokenizer(folder.write("vocab.txt", kVocabulary));
  CHECK(ids_of(*t, "the sea the sea", 4) == Ids{2, 5, 6, 3});
  CHECK(ids_of(*t, "the sea the sea", 2) == Ids{2, 3});
  CHECK(ids_of(*t, "the sea the sea", 1) == Ids{2});
  Ids ids{8};
  t->encode("the sea", 3, ids);
  CHECK(ids == Ids{8, 2, 5, 3});
}

TEST_CASE("tokenizer: truncation from the left keeps the end") {
  const TempFolder folder;
  const auto t = load_tokenizer(
      folder.write("tokenizer.json",
                   whole(kBpe, kBlanks + R"("truncation":{"direction":"Left","max_length":2},)")));
  CHECK(t->max_length() == 2);
  CHECK(ids_of(*t, "a b c", 2) == Ids{2, 3});
}

TEST_CASE("tokenizer: merges apply in their order") {
  const TempFolder folder;
  const auto t = load_tokenizer(folder.write("tokenizer.json", whole(kBpe, kBlanks)));
  CHECK(ids_of(*t, "abc ba xab") == Ids{5, 2, 1, 0, 4});
  CHECK(t->padding() == t->vocabulary());
  CHECK(t->unknown() == 0);
}

TEST_CASE("tokenizer: unigram chooses the best sum and fuses unknown characters") {
  const TempFolder folder;
  const auto t = load_tokenizer(folder.write("tokenizer.json", whole(kUnigram)));
  CHECK(ids_of(*t, "abba") == Ids{3, 2, 1});
  CHECK(ids_of(*t, "axya") == Ids{1, 0, 1});
}

TEST_CASE("tokenizer: added tokens are found first") {
  const std::string added =
      R"("added_tokens":[{"id":4,"content":"<m>","special":true,"lstrip":true},)"
      R"({"id":5,"content":"ab","single_word":true,"normalized":true}],)"
      R"("normalizer":{"type":"Lowercase"},)";
  const TempFolder folder;
  const auto t = load_tokenizer(folder.write("tokenizer.json", whole(kWordPiece, added + kBlanks)));
  CHECK(ids_of(*t, "a  <m>b") == Ids{1, 4, 2});
  CHECK(ids_of(*t, "AB abb xab") == Ids{5, 1, 3, 3, 0});
  CHECK(ids_of(*t, "<M>") == Ids{0});
  CHECK(t->vocabulary() == 6);
}

TEST_CASE("tokenizer: byte-level pieces are those of GPT-2's pattern") {
  const auto pieces_of = [](std::string_view text, bool prefix) {
    Pieces pieces;
    ByteLevelPreTokenizer(prefix, true).split(text, true, pieces);
    std::vector<std::string> texts;
    for (const auto& span : pieces.spans())
      texts.emplace_back(pieces.text(span));
    return texts;
  };
  using Texts = std::vector<std::string>;
  const std::string g = "\xC4\xA0";  // stands for a blank
  CHECK(pieces_of("it's  12a", false) == Texts{"it", "'s", g, g + "12", "a"});
  CHECK(pieces_of("a \n", true) == Texts{g + "a", g + "\xC4\x8A"});
  CHECK(pieces_of("", true).empty());
}

TEST_CASE("tokenizer: code points belong to the sets of `tokenizers`") {
  CHECK(is_in(PointSet::kControl, 0x200B));
  CHECK_FALSE(is_in(PointSet::kControl, 0x378));  // unassigned
  CHECK(is_in(PointSet::kPunctuation, U'$'));
  CHECK_FALSE(is_in(PointSet::kPunctuation, 0x2E52));  // of a later Unicode
  CHECK(is_in(PointSet::kLetter, 0x2EBF0));
  CHECK_FALSE(is_in(PointSet::kNonspacing, 0x1ABF));
  CHECK(lower_case_point(0xA7DC) == 0x19B);
}

TEST_CASE("tokenizer: normal forms leave later code points alone") {
  std::string out;
  append_normal_form("e\xCC\x81\xE3\x8B\xBF\xEF\xAC\x81", NormalForm::kNfkc, out);
  CHECK(out ==
        "\xC3\xA9\xE3\x8B\xBF"
        "fi");
}

TEST_CASE("tokenizer: base64 and charsmaps that are damaged are refused") {
  CHECK(decode_base64("YWI=") == "ab");
  CHECK_THROWS_AS(decode_base64("a*"), ValueError);
  CHECK_THROWS_AS(Charsmap(std::string_view("\xFF\xFF\xFF\x7F"
                                            "abc",
                                            7)),
                  ValueError);
  CHECK_THROWS_AS(Charsmap("ab"), ValueError);
}

TEST_CASE("tokenizer: what spout does not have is refused by name") {
  CHECK(refusal(whole(kBpe, R"("normalizer":{"type":"Nmt"},)")).ends_with(", found \"Nmt\""));
  CHECK(refusal(whole(kBpe, R"("pre_tokenizer":{"type":"UnicodeScripts"},)"))
            .ends_with(", found \"UnicodeScripts\""));
  CHECK(refusal(whole(kBpe, R"("post_processor":{"type":"Other"},)")).ends_with("\"Other\""));
  CHECK(refusal(whole(R"({"type":"WordLevel","vocab":{"a":0}})")).ends_with("\"WordLevel\""));
}

TEST_CASE("tokenizer: damaged files are refused") {
  CHECK(refusal(whole(kBpe).substr(0, 60)).ends_with("damaged content"));
  CHECK(refusal("{}").starts_with("expected a tokenizer with \"model\""));
  CHECK_FALSE(refusal(whole(R"({"type":"WordPiece","unk_token":"u","vocab":{"a":0}})")).empty());
  CHECK_FALSE(refusal(whole(R"({"type":"BPE","vocab":{"a":-1},"merges":[]})")).empty());
  CHECK_FALSE(refusal(whole(R"({"type":"BPE","vocab":{"a":99999},"merges":[]})")).empty());
  CHECK_FALSE(refusal(whole(R"({"type":"BPE","vocab":{"a":0},"merges":["a b"]})")).empty());
  CHECK_FALSE(refusal(whole(R"({"type":"Unigram","unk_id":1,"vocab":[["a",0]]})")).empty());
  CHECK_FALSE(refusal(whole(kBpe, R"("padding":{"pad_id":6},)")).empty());
  CHECK_FALSE(refusal(whole(kBpe, R"("added_tokens":[{"id":9,"content":"x"}],)")).empty());
  CHECK_FALSE(refusal(whole(kBpe, R"("post_processor":{"type":"BertProcessing",)"
                                  R"("cls":["a",1],"sep":["b",77]},)"))
                  .empty());
}

TEST_CASE("tokenizer: a damaged SentencePiece model is refused") {
  const TempFolder folder;
  CHECK_THROWS_AS(load_tokenizer(folder.write("a.model",
                                              "\x0A\x7F"
                                              "abc")),
                  FileError);
  CHECK_THROWS_AS(load_tokenizer(folder.write("a.model", "")), FileError);
  CHECK_THROWS_AS(load_tokenizer(folder.path("none.json")), FileError);
  CHECK_THROWS_AS(load_tokenizer(folder.write("a.bin", "x")), FileError);
}
