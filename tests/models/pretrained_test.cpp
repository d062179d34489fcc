// A folder of each family with small random weights; numbers are compared with PyTorch's in
// tests/cli/pretrained_test.py.
#include <ATen/autocast_mode.h>

#include "spout/models/base/encoder.h"
#include "spout/models/base/script.h"
#include "spout/models/outputs/dense_output.h"
#include "spout/models/pretrained/distance_bias.h"
#include "spout/models/pretrained/pretrained_encoder.h"
#include "spout/models/pretrained/pretrained_folder.h"
#include "spout/tests/models/model_case.h"

using namespace spout;
using namespace spout::testing;

namespace {

const std::vector<std::string> kFamilies{"bert", "distilbert", "roberta", "xlm-roberta", "mpnet"};

/// The keys of config.json. Two layers of width 8, 20 tokens, 16 positions.
std::string config_of(const std::string& family, const std::string& more = "") {
  const std::string sizes =
      family == "distilbert" ? R"("dim":8,"n_layers":2,"n_heads":2,"hidden_dim":12,"dropout":0.2,)"
                               R"("attention_dropout":0.2)"
                             : R"("hidden_size":8,"num_hidden_layers":2,"num_attention_heads":2,)"
                               R"("intermediate_size":12,"type_vocab_size":2)";
  return R"({"model_type":")" + family + R"(","vocab_size":20,"max_position_embeddings":16,)" +
         sizes + (more.empty() ? "" : "," + more) + "}";
}

/// Writes f32 tensors as a safetensors file.
void write_tensors(const std::string& path, const NamedTensors& tensors) {
  std::string header;
  std::string data;
  for (const auto& [name, tensor] : tensors) {
    std::string shape;
    for (const int64_t size : tensor.sizes())
      shape.append(shape.empty() ? "" : ",").append(std::to_string(size));
    const at::Tensor plain = tensor.to(at::kFloat).contiguous();
    const size_t begin = data.size();
    data.append(static_cast<const char*>(plain.const_data_ptr()), plain.nbytes());
    header += (header.empty() ? "{\"" : ",\"") + name + R"(":{"dtype":"F32","shape":[)" + shape +
              R"(],"data_offsets":[)" + std::to_string(begin) + "," + std::to_string(data.size()) +
              "]}";
  }
  header += "}";
  std::string length;
  for (unsigned shift = 0; shift < 64; shift += 8)
    length += static_cast<char>(header.size() >> shift & 0xFFU);
  std::ofstream(path, std::ios::binary) << length << header << data;
}

/// Writes config.json and random weights under the family's own names, with a prefix.
void write_model(const TempFolder& folder, const std::string& family,
                 const std::string& prefix = "") {
  folder.write("config.json", config_of(family));
  NamedTensors tensors;
  uint64_t seed = 1;
  for (const WeightSource& weight : pretrained_weights(read_pretrained_folder(folder.path("")))) {
    for (const std::string& part : weight.parts)
      tensors.emplace_back(prefix + part, normal(weight.part_shape, ++seed));
  }
  tensors.emplace_back("pooler.dense.weight", normal({8, 8}, 99));  // which is not used
  write_tensors(folder.path("model.safetensors"), tensors);
}

ModelOptions options_of(const TempFolder& folder, bool freeze = false) {
  ModelOptions options;
  options.module.file = folder.path("");
  options.module.freeze = freeze;
  return options;
}

std::shared_ptr<Encoder> load(const ModelOptions& options, int64_t padding = 0) {
  return make_pretrained_encoder({20, 9, FeatureKind::kTokens, 0, {padding, 1}}, options);
}

/// Row 1 holds no token, row 2 is filled up.
at::Tensor ids(int64_t padding = 0) {
  const at::Tensor x = at::tensor({3, 5, 7, 4, 0, 0, 0, 0, 9, 19, 0, 0}, at::kLong).view({3, 4});
  return x.where(x.ne(0), padding);
}

}  // namespace

TEST_CASE("pretrained: every family's rows do not depend on padding or company") {
  for (const std::string& family : kFamilies) {
    CAPTURE(family);
    const TempFolder folder;
    write_model(folder, family);
    const auto encoder = load(options_of(folder));
    CHECK(encoder->width() == 8);
    const at::Tensor rows = encoder->encode(ids(), {});
    CHECK(rows.sizes() == at::IntArrayRef{3, 8});
    CHECK(at::isfinite(rows).all().item<bool>());
    CHECK(largest_difference(encoder->encode(at::constant_pad_nd(ids(), {0, 30}), {}), rows) <
          1e-5);
    CHECK(largest_difference(encoder->encode(ids().slice(0, 2, 3).slice(1, 0, 2), {}),
                             rows.slice(0, 2, 3)) < 1e-5);
    CHECK(encoder->encode(ids().slice(0, 0, 0), {}).sizes() == at::IntArrayRef{0, 8});
    CHECK(at::isfinite(encoder->encode(ids().slice(1, 0, 0), {})).all().item<bool>());
    // A padding number beyond the vocabulary stands for the same.
    const at::Tensor other = load(options_of(folder), 1000)->encode(ids(1000), {});
    CHECK(largest_difference(other[0], rows[0]) < 1e-5);
    CHECK(largest_difference(other[2], rows[2]) < 1e-5);
    CHECK_ERROR(encoder->encode(at::ones({1, 17}, at::kLong) * 5, {}), "expected texts of at most");
    CHECK_THROWS(encoder->encode(at::full({1, 2}, 20, at::kLong), {}));
  }
}

TEST_CASE("pretrained: the script gives the encoder's rows") {
  for (const std::string& family : kFamilies) {
    CAPTURE(family);
    const TempFolder folder;
    write_model(folder, family);
    auto encoder = load(options_of(folder), 500);
    Model model(encoder, make_dense_output(8, {0, 9}, false, InitOptions{1, true}));
    torch::jit::Module script = model.to_script();
    for (const int64_t more : {0, 3, 40}) {
      const at::Tensor x = at::constant_pad_nd(ids(500), {0, more}, 500);
      CHECK(largest_difference(script.forward({x}).toTensor(), model.scores(x)) < 1e-5);
    }
  }
}

TEST_CASE("pretrained: dropout repeats at a step, and every weight in use has a gradient") {
  for (const std::string& family : kFamilies) {
    CAPTURE(family);
    const TempFolder folder;
    write_model(folder, family);
    const auto encoder = load(options_of(folder));
    const StepRandom step{1, 7, true};
    const at::Tensor rows = encoder->encode(ids(), step);
    CHECK(at::equal(rows, encoder->encode(ids(), step)));
    CHECK(largest_difference(rows, encoder->encode(ids(), {1, 8, true})) > 1e-3);
    CHECK(largest_difference(rows, encoder->encode(ids(), {})) > 1e-3);
    (rows * normal({3, 8}, 5).to(at::kFloat)).sum().backward();
    for (const auto& item : encoder->named_parameters()) {
      CAPTURE(item.key());
      REQUIRE(item.value().grad().defined());
      CHECK(at::isfinite(item.value().grad().to_dense()).all().item<bool>());
      CHECK(item.value().grad().to_dense().abs().max().item<float>() > 0.0F);
    }
  }
}

TEST_CASE("pretrained: a frozen encoder has no graph and no dropout") {
  const TempFolder folder;
  write_model(folder, "mpnet");
  const auto encoder = load(options_of(folder, /*freeze=*/true));
  const at::Tensor rows = encoder->encode(ids(), {1, 7, true});
  CHECK(!rows.requires_grad());
  CHECK(at::equal(rows, encoder->encode(ids(), {})));
  for (const at::Tensor& parameter : encoder->parameters())
    CHECK(!parameter.requires_grad());
}

TEST_CASE("pretrained: a frozen encoder computes in bf16 under autocast, and in f32 after it") {
  const TempFolder folder;
  write_model(folder, "bert");
  const auto encoder = load(options_of(folder, /*freeze=*/true));
  const at::Tensor rows = encoder->encode(ids(), {});
  at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
  at::autocast::set_autocast_enabled(at::kCPU, true);
  const at::Tensor low = encoder->encode(ids(), {});
  at::autocast::set_autocast_enabled(at::kCPU, false);
  at::autocast::clear_cache();
  CHECK((low.scalar_type() == at::kFloat));
  CHECK(largest_difference(low, rows) > 0.0);
  CHECK(largest_difference(low, rows) < 0.2);
  CHECK(at::equal(encoder->encode(ids(), {}), rows));
}

TEST_CASE("pretrained: names may have a model's prefix, norms their old names") {
  const TempFolder plain;
  const TempFolder prefixed;
  write_model(plain, "bert");
  write_model(prefixed, "bert", "bert.");
  const at::Tensor rows = load(options_of(plain))->encode(ids(), {});
  CHECK(at::equal(load(options_of(prefixed))->encode(ids(), {}), rows));
  const Safetensors file(prefixed.path("model.safetensors"));
  NamedTensors renamed;
  for (std::string name : file.names()) {
    const at::Tensor tensor = file.read(name);
    for (const auto& [now, before] :
         {std::pair{"Norm.weight", "Norm.gamma"}, std::pair{"Norm.bias", "Norm.beta"}}) {
      if (!name.ends_with(now)) continue;
      name = name.substr(0, name.size() - std::string_view(now).size()) + before;
    }
    renamed.emplace_back(name, tensor);
  }
  write_tensors(prefixed.path("model.safetensors"), renamed);
  CHECK(at::equal(load(options_of(prefixed))->encode(ids(), {}), rows));
}

TEST_CASE("pretrained: shards are read as one") {
  const TempFolder folder;
  write_model(folder, "bert");
  const at::Tensor rows = load(options_of(folder))->encode(ids(), {});
  const Safetensors whole(folder.path("model.safetensors"));
  NamedTensors first;
  NamedTensors second;
  for (const std::string& name : whole.names())
    (name < "encoder" ? first : second).emplace_back(name, whole.read(name));
  write_tensors(folder.path("1.safetensors"), first);
  write_tensors(folder.path("2.safetensors"), second);
  std::filesystem::remove(folder.path("model.safetensors"));
  CHECK_ERROR(load(options_of(folder)), "expected model.safetensors, found none");
  folder.write("pytorch_model.bin", "");
  CHECK_ERROR(load(options_of(folder)), "found pytorch_model.bin (in Python, AutoModel");
  folder.write("model.safetensors.index.json",
               R"({"weight_map":{"a":"1.safetensors","b":"2.safetensors"}})");
  CHECK(at::equal(load(options_of(folder))->encode(ids(), {}), rows));
  folder.write("model.safetensors.index.json", R"({"weight_map":{"a":"../1.safetensors"}})");
  CHECK_ERROR(load(options_of(folder)), "expected the name of a file in the same folder");
}

TEST_CASE("pretrained: pooling and the steps after it are modules.json's") {
  const TempFolder folder;
  write_model(folder, "roberta");
  const at::Tensor mean = load(options_of(folder))->encode(ids(), {});
  const std::string before =
      R"([{"type":"sentence_transformers.models.Transformer","path":""},)"
      R"({"type":"sentence_transformers.models.Pooling","path":"1_Pooling"})";
  std::filesystem::create_directory(folder.path("1_Pooling"));
  std::filesystem::create_directory(folder.path("2_Dense"));
  folder.write("1_Pooling/config.json", R"({"pooling_mode_mean_tokens":true})");
  folder.write("modules.json", before + R"(,{"type":"x.Normalize","path":"2_Normalize"}])");
  const at::Tensor length = at::linalg_vector_norm(mean, 2, 1, true).clamp_min(1e-12);
  CHECK(largest_difference(load(options_of(folder))->encode(ids(), {}), mean / length) < 1e-6);

  std::vector<at::Tensor> pooled{mean};
  for (const std::string mode : {"cls", "max"}) {
    folder.write("1_Pooling/config.json", R"({"pooling_mode":")" + mode + R"("})");
    folder.write("modules.json", before + "]");
    pooled.push_back(load(options_of(folder))->encode(ids(), {}));
    CHECK(at::isfinite(pooled.back()).all().item<bool>());
    CHECK(largest_difference(pooled.back()[0], mean[0]) > 1e-3);
  }
  folder.write("1_Pooling/config.json", R"({"pooling_mode":["mean","cls","max"]})");
  folder.write("2_Dense/config.json",
               R"({"in_features":24,"out_features":5,"activation_function":"torch.nn.Tanh"})");
  folder.write("modules.json", before + R"(,{"type":"x.Dense","path":"2_Dense"}])");
  const at::Tensor weight = normal({5, 24}, 3).to(at::kFloat);
  const at::Tensor bias = normal({5}, 4).to(at::kFloat);
  write_tensors(folder.path("2_Dense/model.safetensors"),
                {{"linear.weight", weight}, {"linear.bias", bias}});
  auto encoder = load(options_of(folder));
  CHECK(encoder->width() == 5);
  CHECK(pretrained_width(folder.path("")) == 5);
  const at::Tensor expected = at::tanh(at::linear(at::cat(pooled, 1), weight, bias));
  CHECK(largest_difference(encoder->encode(ids(), {}), expected) < 1e-5);
  Model model(encoder, make_dense_output(5, {0, 9}, false, InitOptions{1, true}));
  torch::jit::Module script = model.to_script();
  CHECK(largest_difference(script.forward({ids()}).toTensor(), model.scores(ids())) < 1e-5);

  folder.write("2_Dense/config.json", R"({"in_features":8,"out_features":5})");
  CHECK_ERROR(load(options_of(folder)), "expected \"in_features\" of 24, found 8");
  folder.write("1_Pooling/config.json", R"({"pooling_mode_lasttoken":true})");
  CHECK_ERROR(load(options_of(folder)), "expected a pooling of cls, max, mean");
  folder.write("modules.json", before + R"(,{"type":"x.LSTM","path":""}])");
  folder.write("1_Pooling/config.json", "{}");
  CHECK_ERROR(load(options_of(folder)),
              "expected a module of Normalize, Dense behind the first ones");
  folder.write("modules.json", R"([{"type":"x.Transformer","path":"../elsewhere"}])");
  CHECK_ERROR(load(options_of(folder)), "expected a module's path within the folder");
}

TEST_CASE("pretrained: the length is the least that a folder's files allow") {
  const TempFolder folder;
  write_model(folder, "roberta");
  CHECK(pretrained_max_length(folder.path("")) == 14);  // positions begin at 2
  folder.write("tokenizer_config.json", R"({"model_max_length":1000000000000000019884624838656})");
  CHECK(pretrained_max_length(folder.path("")) == 14);
  folder.write("tokenizer_config.json", R"({"model_max_length":12})");
  CHECK(pretrained_max_length(folder.path("")) == 12);
  folder.write("sentence_bert_config.json", R"({"max_seq_length":9})");
  CHECK(pretrained_max_length(folder.path("")) == 9);
}

TEST_CASE("pretrained: weights are counted without reading them, and a change is noticed") {
  const TempFolder folder;
  write_model(folder, "bert");
  double count = 0.0;
  for (const at::Tensor& parameter : load(options_of(folder))->parameters())
    count += static_cast<double>(parameter.numel());
  CHECK(num_pretrained_weights(folder.path("")) == count);
  const uint32_t before = pretrained_fingerprint(folder.path(""));
  CHECK(pretrained_fingerprint(folder.path("")) == before);
  std::string bytes = read_bytes(folder.path("model.safetensors"));
  bytes.back() = static_cast<char>(bytes.back() + 1);
  folder.write("model.safetensors", bytes);
  CHECK(pretrained_fingerprint(folder.path("")) != before);
  // A model about to be loaded needs no weights in the folder.
  std::filesystem::remove(folder.path("model.safetensors"));
  ModelOptions options = options_of(folder);
  options.initialize = false;
  CHECK(static_cast<double>(load(options)->parameters().size()) > 0);
}

TEST_CASE("pretrained: folders that hold no such model are refused by name") {
  const TempFolder folder;
  CHECK_ERROR(load(options_of(folder)), "found no config.json");
  ModelOptions nowhere;
  nowhere.module.file = folder.path("nowhere");
  CHECK_ERROR(load(nowhere), "expected a folder with config.json and model.safetensors");
  write_model(folder, "bert");
  CHECK_ERROR(make_pretrained_encoder({20, 9, FeatureKind::kSparse}, options_of(folder)),
              "expected texts as token numbers");
  const auto refused = [&](const std::string& config, const std::string& part) {
    folder.write("config.json", config);
    CHECK_ERROR(load(options_of(folder)), part);
  };
  refused("", "expected a JSON object");
  refused("{", "expected a JSON object");
  refused(std::string(100, '[') + std::string(100, ']'), "expected a model of bert");
  refused(config_of("t5"),
          "expected a model of bert, distilbert, roberta, xlm-roberta, mpnet, found \"t5\"");
  refused(R"({"model_type":"bert"})", "expected \"vocab_size\" to be a whole number from 1");
  refused(config_of("bert", R"("vocab_size":-1)"), "found -1");
  refused(config_of("bert", R"("vocab_size":1e30)"), "found 1e+30");
  refused(config_of("bert", R"("num_attention_heads":3)"), "a multiple of the 3 heads, found 8");
  refused(config_of("bert", R"("position_embedding_type":"relative_key")"), "absolute positions");
  refused(config_of("bert", R"("is_decoder":true)"), "expected \"is_decoder\" to be false");
  refused(config_of("bert", R"("hidden_act":"quick")"), "expected an activation of gelu");
  refused(config_of("bert", R"("layer_norm_eps":"x")"), "to be a number from 0 to 1");
  refused(
      config_of("bert", R"("vocab_size":21)"),
      "expected embeddings.word_embeddings.weight [21, 8], as config.json has it, found [20, 8]");
  refused(config_of("bert", R"("num_hidden_layers":3)"),
          "expected a tensor encoder.layer.2.attention.self.query.weight [8, 8], found none");
  refused(config_of("mpnet", R"("relative_attention_num_buckets":8)"), "from 32");
}

TEST_CASE("pretrained: distances have buckets of one, then wider ones, on either side") {
  const at::Tensor table = at::arange(64, at::kFloat).view({32, 2});
  const at::Tensor biases = distance_biases(table, 200);
  CHECK(biases.sizes() == at::IntArrayRef{2, 200, 200});
  const auto bucket = [&](int64_t query, int64_t key) {
    return biases[0][query][key].item<float>() / 2;
  };
  CHECK(bucket(5, 5) == 0);
  CHECK(bucket(5, 4) == 1);
  CHECK(bucket(7, 0) == 7);
  CHECK(bucket(4, 5) == 17);
  CHECK(bucket(8, 0) == 8);
  CHECK(bucket(199, 0) == 15);
  CHECK(bucket(0, 199) == 31);
}
