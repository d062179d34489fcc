#include "spout/app/data/text_data.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <algorithm>

#include "spout/app/data/data_schema.h"
#include "spout/app/data/text_encoder.h"
#include "spout/app/options/command_line.h"
#include "spout/app/process/say.h"
#include "spout/models/model_table.h"
#include "spout/sparse/base/error.h"
#include "spout/sparse/files/text/documents.h"

namespace spout {
namespace {

NgramRange range_of(const char* option, const std::vector<int64_t>& numbers) {
  if (numbers.empty() || numbers.size() > 2) {
    throw UserError(fmt::format("--{}: expected one length or first,last, found {} numbers", option,
                                numbers.size()));
  }
  return {numbers.front(), numbers.back()};
}

TextOptions text_options_of(const TextFlags& flags) {
  TextOptions options;
  options.terms.ngrams = range_of("ngrams", flags.ngrams);
  options.terms.char_ngrams = range_of("char-ngrams", flags.char_ngrams);
  options.min_df = flags.min_df;
  options.max_features = flags.max_features;
  options.hash_bits = flags.hash_bits;
  options.sublinear_tf = flags.sublinear_tf;
  options.tokens = flags.input == "tokens";
  options.max_length = flags.max_length;
  try {
    check_text_options(options);
  } catch (const c10::ValueError& error) {
    std::string text = error.what_without_backtrace();
    std::replace(text.begin(), text.end(), '_', '-');
    throw UserError("--" + text);
  }
  return options;
}

/// Refuses flags that only the other kind of features (tf-idf or tokens) uses.
void check_used(TextFlags flags) {
  if (flags.encoder != nullptr && flags.features == "encoder") {
    TextFlags usual;
    const OptionList given{{"", text_options(flags)}};
    const OptionList left{{"", text_options(usual)}};
    for (const char* name :
         {"ngrams", "char-ngrams", "min-df", "max-features", "hash-bits", "sublinear-tf"}) {
      if (!differs(given, left, name)) continue;
      throw UserError(
          fmt::format("--{}: is for words, but the encoder's rows alone are read "
                      "(--features both reads words too)",
                      name));
    }
  }
  const bool tokens = flags.input == "tokens";
  if (tokens && flags.sublinear_tf) {
    throw UserError("--sublinear-tf: is for tf-idf, but these are tokens in their order");
  }
  if (!tokens && flags.encoder == nullptr && flags.max_length != TextFlags().max_length) {
    throw UserError("--max-length: is for tokens in their order, but this is tf-idf");
  }
}

TextFeatures fit(const std::string& path, const TextFlags& flags, const Documents& documents) {
  if (flags.encoder != nullptr && flags.features == "encoder") {
    TextOptions no_words = text_options_of(flags);
    no_words.hash_bits = 0;
    no_words.tokens = false;
    return TextFeatures(no_words, static_cast<int64_t>(documents.texts.size()), {}, {});
  }
  TextFitter fitter(text_options_of(flags));
  const auto rows = static_cast<int64_t>(documents.texts.size());
  for (const int64_t row : split_rows(rows, flags.held_back, flags.seed).kept)
    fitter.add(documents.texts[static_cast<size_t>(row)]);
  try {
    return fitter.finish();
  } catch (const c10::ValueError& error) {
    throw UserError(fmt::format("{}: {}", path, error.what_without_backtrace()));
  }
}

/// The features of documents: words, the rows of an encoder, both, or tokens.
///   encoder  may be null
Features features_of(const TextList& texts, const TextFeatures& words, const TextEncoder* encoder) {
  Features x;
  if (encoder != nullptr && !encoder->makes_rows()) {
    x.tokens = encoder->tokens(texts);
    return x;
  }
  if (encoder == nullptr || words.num_features() > 0) x = words.features(texts);
  if (encoder == nullptr) return x;
  (words.num_features() > 0 ? x.hidden : x.dense) = encoder->rows(texts, &x.rows_source);
  return x;
}

}  // namespace

std::vector<Option> text_options(TextFlags& flags) {
  return {
      Option{"text-input", &flags.input, "HOW",
             "How documents become features: tfidf gives weights of words without their order, "
             "tokens gives the numbers of words in reading order. auto is tokens for the models " +
                 models_of_tokens() + ", else tfidf."}
          .one_of({"auto", "tfidf", "tokens"}),
      Option{"ngrams", &flags.ngrams, "FIRST,LAST",
             "Shortest and longest word n-gram that is a term, 1 to 16, e.g. 1,2; 0 takes none."},
      Option{"char-ngrams", &flags.char_ngrams, "FIRST,LAST",
             "Shortest and longest character n-gram within a word that is a term, 1 to 16, e.g. "
             "3,5; 0 takes none."},
      Option{"min-df", &flags.min_df, "N",
             "Leaves out terms that fewer than N documents hold; 1 or more."},
      Option{"max-features", &flags.max_features, "N",
             "Keeps the N terms that occur most often; 0 keeps all."},
      Option{
          "hash-bits", &flags.hash_bits, "BITS",
          "Numbers terms by a hash of BITS bits, at most 30, in place of a vocabulary; 0 keeps a "
          "vocabulary."},
      Option{"sublinear-tf", &flags.sublinear_tf, "",
             "tfidf: counts a term that occurs t times in a document as 1 + ln(t)."},
      Option{"max-length", &flags.max_length, "N",
             "tokens: keeps the first N tokens of a document; 0 keeps all."},
      Option{"features", &flags.features, "WHAT",
             "What a model sees of documents: words (tf-idf), or with --encoder FOLDER the rows of "
             "the encoder, or both. auto is then both for the model prototypes, else encoder."}
          .one_of({"auto", "words", "encoder", "both"}),
      Option{"tokenizer", &flags.tokenizer, "FILE",
             "Cuts documents into the tokens of a pretrained model: tokenizer.json, vocab.txt, a "
             "SentencePiece .model, or a folder with one of them; without it, that of --encoder "
             "FOLDER."}};
}

void check_text_flags(const TextFlags& flags) {
  text_options_of(flags);
}

void refuse_text_flags(TextFlags flags, const std::string& reason, TextFlags settled) {
  TextFlags defaults;
  const OptionList left{{"", text_options(defaults)}};
  const OptionList usual{{"", text_options(settled)}};
  const OptionList given{{"", text_options(flags)}};
  for (const Option& option : given.front().options) {
    if (!differs(given, left, option.name) || !differs(given, usual, option.name)) continue;
    throw UserError(fmt::format("--{}: {}", option.name, reason));
  }
}

std::string not_text(const std::string& data, const std::string& format) {
  return fmt::format("is for documents (--format text), but {} is {}", data,
                     format.empty() ? "npz" : format);
}

Dataset read_text_labels(LineReader& reader, const DataSchema* schema) {
  Documents documents = read_documents(reader, schema == nullptr ? nullptr : &schema->labels);
  Dataset data;
  data.x.sparse = empty_csr(documents.y.rows, 0);
  data.y = std::move(documents.y);
  data.duplicate_labels = documents.duplicate_labels;
  return data;
}

Dataset read_text_dataset(LineReader& reader, const TextFlags& flags, const DataSchema* schema,
                          DataSchema* learned, bool tells_missed) {
  const bool is_fitted = schema != nullptr && !schema->text.empty();
  if (!is_fitted) check_text_flags(flags);
  if (!is_fitted) check_used(flags);
  Documents documents = read_documents(reader, schema == nullptr ? nullptr : &schema->labels);
  if (documents.texts.empty()) {
    throw FileError(reader.path() + ": expected documents, found an empty file");
  }
  if (documents.broken_utf8 > 0) {
    say("{}: {} broken UTF-8 sequences were replaced by U+FFFD\n", reader.path(),
        documents.broken_utf8);
  }
  if (tells_missed && schema != nullptr && documents.unseen_labels > 0) {
    say("{}: names {} labels that the model has not seen, {} times; they count as "
        "missed\n",
        reader.path(), documents.unseen_labels, documents.unseen_entries);
  }
  TextFeatures own;
  if (!is_fitted) own = fit(reader.path(), flags, documents);
  Dataset data;
  const std::shared_ptr<TextEncoder> encoder = is_fitted ? schema->encoder : flags.encoder;
  data.x = features_of(documents.texts, is_fitted ? schema->text : own, encoder.get());
  data.y = std::move(documents.y);
  data.duplicate_labels = documents.duplicate_labels;
  if (learned != nullptr) {
    learned->labels = std::move(documents.labels);
    if (is_fitted) learned->text = schema->text;
    if (!is_fitted) learned->text = std::move(own);
    learned->encoder = encoder;
  }
  return data;
}

std::string text_features_line(const DataSchema& schema) {
  const TextFeatures& text = schema.text;
  const TextOptions& o = text.options();
  const std::string documents = fmt::format(", from {} documents", text.num_documents());
  std::string encoded;
  if (schema.encoder != nullptr) {
    encoded = schema.encoder->makes_rows()
                  ? fmt::format("rows of the encoder, width {}", schema.encoder->width())
                  : fmt::format("{} tokens of a pretrained tokenizer, in order",
                                schema.encoder->vocabulary());
  }
  if (text.num_features() == 0) return (encoded.empty() ? "no words" : encoded) + documents;
  std::string line = o.tokens ? "words in order" : "tf-idf";
  const auto add_range = [&](const char* what, const NgramRange& range) {
    if (!range.empty()) line += fmt::format(" of {} {} to {}", what, range.first, range.last);
  };
  if (!o.tokens) add_range("words", o.terms.ngrams);
  add_range("characters", o.terms.char_ngrams);
  line += o.hash_bits > 0 ? fmt::format(", hashed to {} bits", o.hash_bits)
                          : fmt::format(", {} terms", text.terms().size());
  if (!encoded.empty()) line += ", and " + encoded;
  return line + documents;
}

}  // namespace spout
