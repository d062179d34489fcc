// Vectors of words in text: which words are kept, and what is no such file.
#include "spout/sparse/files/text/word_vectors.h"

#include <ATen/ATen.h>

#include "spout/tests/testing.h"

using namespace spout;
using namespace spout::testing;

namespace {

Vocabulary words() {
  Vocabulary words;
  for (const char* word : {"cat", "paris", "dog", "of"})
    words.add(word);
  return words;
}

WordVectors read(const std::string& text) {
  const TempFolder folder;
  return read_word_vectors(folder.write("v.txt", text), words());
}

std::string refused(const std::string& text) {
  return error_of([&] { read(text); });
}

}  // namespace

TEST_CASE("word vectors: those of known words, by their numbers") {
  const WordVectors found = read("dog 1 2.5 -3\nhorse 4 5 6\ncat 7e-1 8 9\n");
  CHECK(found.words == std::vector<int64_t>{0, 2});
  CHECK(at::equal(found.rows, at::tensor({0.7F, 8.0F, 9.0F, 1.0F, 2.5F, -3.0F}).view({2, 3})));
  CHECK(found.lines == 3);
  CHECK(found.folded == 0);
}

TEST_CASE("word vectors: a line of the size, and blanks at the ends of lines, as word2vec writes") {
  const WordVectors found = read("2 2\ncat 1 2 \ndog 3 4 \n");
  CHECK(found.lines == 2);
  CHECK(at::equal(found.rows, at::tensor({1.0F, 2.0F, 3.0F, 4.0F}).view({2, 2})));
  // Two numbers behind a word are a vector of two.
  CHECK(read("7 1 2\ncat 3 4\n").rows.size(1) == 2);
}

TEST_CASE("word vectors: the same letters win over others, and the first of each") {
  const WordVectors found = read("PARIS 1 1\nParis 2 2\nparis 3 3\nparis 4 4\nDog 5 5\nDOG 6 6\n");
  CHECK(found.words == std::vector<int64_t>{1, 2});
  CHECK(at::equal(found.rows, at::tensor({3.0F, 3.0F, 5.0F, 5.0F}).view({2, 2})));
  CHECK(found.folded == 1);
}

TEST_CASE("word vectors: a name of several words is not its first one") {
  const WordVectors found = read("dog 1 2\nof course 3 4\n. . 5 6\n");
  CHECK(found.words == std::vector<int64_t>{2});
  CHECK(found.lines == 3);
}

TEST_CASE("word vectors: other files and broken lines are refused") {
  const auto refuses = [](const std::string& text, const std::string& part) {
    CAPTURE(text);
    CHECK(refused(text).find(part) != std::string::npos);
  };
  refuses("", "empty file");
  refuses("a text of words\n", "v.txt:1: expected a word and its numbers");
  refuses("2 3\ncat \x01\x02?\n", "word2vec's binary files");
  refuses("cat 1 2\ndog 3\n", "v.txt:2: expected 2 numbers behind the word, found 1");
  refuses("cat 1 2\ndog 3 4 5\n", "v.txt:2: expected 2 numbers behind the word, found 3");
  refuses("cat 1 2\ndog 3 nan\n",
          "v.txt:2: expected finite numbers behind the word, found \"nan\"");
  refuses("2 99999\n", "at most 65536 numbers");
  CHECK(refused("3 300\n").empty());                 // says its size, and holds nothing
  CHECK(refused("cat 1 2\nhorse 3 nan\n").empty());  // nobody asks for it
}
