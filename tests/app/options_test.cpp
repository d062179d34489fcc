// Options: one description makes flags, config files, printouts and errors.
#include "spout/app/options/option.h"

#include "spout/app/options/command_line.h"
#include "spout/app/options/config_file.h"
#include "spout/app/run/check_options.h"
#include "spout/app/run/model_choice.h"
#include "spout/app/run/train_options.h"
#include "spout/losses/optimizers/schedule.h"
#include "spout/tests/testing.h"

using namespace spout;
using namespace spout::testing;

namespace {

struct Sample {
  std::string name = "x";
  int64_t count = 3;
  double rate = 0.5;
  bool force = false;
  std::vector<int64_t> widths{512};
  std::string config;

  OptionList list() {
    return {{"all",
             {{"name", &name, "NAME", "a name"},
              {"count", &count, "N", "a count"},
              {"rate", &rate, "X", "a rate"},
              {"force", &force, "", "a flag"},
              {"widths", &widths, "LIST", "numbers"},
              {"config", &config, "FILE", "a file"}}}};
  }
  std::vector<std::string> parse(const std::vector<std::string>& arguments, size_t words = 1) {
    return parse_command_line(list(), words, arguments).words;
  }
};

}  // namespace

TEST_CASE("options: every kind of value is read, also with = and in any order") {
  Sample o;
  const auto words =
      o.parse({"RUN", "--count", "7", "--rate=-1e-3", "--force", "--widths", "4,5", "--name", "-"});
  CHECK(words == std::vector<std::string>{"RUN"});
  CHECK(o.count == 7);
  CHECK(o.rate == -1e-3);
  CHECK(o.force);
  CHECK(o.widths == std::vector<int64_t>{4, 5});
  CHECK(o.name == "-");
}

TEST_CASE("options: mistakes get one line that says what was expected") {
  Sample o;
  CHECK_ERROR(o.parse({"--coutn", "7"}), "unknown option --coutn; did you mean '--count'?");
  CHECK_ERROR(o.parse({"--count", "seven"}), "--count: expected a whole number, found 'seven'");
  CHECK_ERROR(o.parse({"--count", "7.5"}), "expected a whole number");
  CHECK_ERROR(o.parse({"--rate", "nan"}), "expected a number");
  CHECK_ERROR(o.parse({"--widths", "4,,5"}), "whole numbers");
  CHECK_ERROR(o.parse({"--count"}), "--count: expected a value");
  CHECK_ERROR(o.parse({"a", "b"}), "unexpected 'b'");
}

TEST_CASE("options: the command line wins over the config file, which wins over the defaults") {
  const TempFolder folder;
  const std::string file =
      folder.write("c.json", "{\n// a comment\n\"count\": 9, \"rate\": 2.5, \"widths\": [1, 2]}");
  Sample o;
  o.parse({"--config", file, "--rate", "3"});
  CHECK(o.count == 9);
  CHECK(o.rate == 3.0);
  CHECK(o.widths == std::vector<int64_t>{1, 2});
  CHECK(o.name == "x");
}

TEST_CASE("options: unknown keys and broken config files are refused") {
  const TempFolder folder;
  Sample o;
  CHECK_ERROR(read_config(o.list(), folder.write("a", "{\"cuont\": 1}")), "did you mean 'count'");
  CHECK_ERROR(read_config(o.list(), folder.write("b", "{\"count\": \"x\"}")), "whole number");
  CHECK_ERROR(read_config(o.list(), folder.write("c", "{\"count\": ")), "JSON object");
  CHECK_ERROR(read_config(o.list(), folder.write("d", "[1]")), "JSON object");
  CHECK_ERROR(read_config(o.list(), folder.path("none")), "cannot open");
}

TEST_CASE("options: lists in lists are refused, however deep, and long keys are not compared") {
  const TempFolder folder;
  Sample o;
  const auto read = [&](const std::string& value) {
    read_config(o.list(), folder.write("c", "{\"widths\": " + value + "}"));
  };
  CHECK_ERROR(read("[[1, 2]]"), "numbers with commas between, found 'array'");
  CHECK_ERROR(read(std::string(1 << 20, '[') + std::string(1 << 20, ']')), "found 'array'");
  CHECK_ERROR(read("{\"a\": 1}"), "found 'object'");
  const std::string key(1 << 20, 'k');
  CHECK_ERROR(read_config(o.list(), folder.write("c", "{\"" + key + "\": 1}")), "unknown option");
}

TEST_CASE("options: what config_text writes, read_config reads back, for all training options") {
  const TempFolder folder;
  TrainOptions options;
  options.train = "a,b \"c\".txt";
  options.lr = 0.1;
  options.model_options.hidden = {7, 8};
  options.resume = true;
  options.force = true;
  const std::string text = config_text(train_option_list(options));
  TrainOptions again;
  read_config(train_option_list(again), folder.write("options.json", text));
  CHECK(config_text(train_option_list(again)) == text);
  CHECK(again.train == options.train);
  CHECK(!again.resume);  // orders for one time are not part of a run's options
  CHECK(!again.force);
  CHECK(again.model_options.hidden == options.model_options.hidden);
  options.train = "\xff.txt";
  CHECK_ERROR(config_text(train_option_list(options)), "expected names in UTF-8");
}

TEST_CASE("options: --help names every option with its default") {
  Sample o;
  const std::string text = help_text({"usage", "summary", "example"}, o.list());
  for (const char* part : {"--count N", "[3]", "--widths LIST", "[512]", "example", "summary"}) {
    CHECK(text.find(part) != std::string::npos);
  }
}

TEST_CASE("options: the nearest name is found, a far one is not suggested") {
  CHECK(nearest("trian", {"train", "export"}) == "train");
  CHECK(nearest("xyzzy", {"train", "export"}).empty());
}

TEST_CASE("options: values of training that make no sense are refused by name") {
  const auto error_with = [](auto&& change) {
    TrainOptions options;
    options.train = "t";
    options.output = "r";
    change(options);
    return error_of([&] {
      settle_model(options);
      check_train_options(options);
    });
  };
  CHECK(error_with([](TrainOptions&) {}).empty());
  CHECK(error_with([](TrainOptions& o) { o.model = "mpl"; }).find("did you mean 'mlp'") !=
        std::string::npos);
  CHECK(error_with([](TrainOptions& o) { o.loss = "bcd"; }).find("'bce'") != std::string::npos);
  CHECK(error_with([](TrainOptions& o) { o.length.max_steps = -1; }).find("--max-steps") !=
        std::string::npos);
  CHECK(error_with([](TrainOptions& o) { o.batch_size = -1; }).find("--batch-size") !=
        std::string::npos);
  CHECK(error_with([](TrainOptions& o) { o.model_options.dropout = 1.0; }).find("--dropout") !=
        std::string::npos);
  CHECK(error_with([](TrainOptions& o) { o.model_options.hidden = {-5}; }).find("--hidden") !=
        std::string::npos);
  CHECK(error_with([](TrainOptions& o) { o.metrics = "Q@1"; }).find("Q@1") != std::string::npos);
  CHECK(error_with([](TrainOptions& o) { o.patience = 2; }).find("--patience") !=
        std::string::npos);
  CHECK(error_with([](TrainOptions& o) {
          o.loss_parameters.gamma = 1;
        }).find("--gamma: the loss") != std::string::npos);
  CHECK(error_with([](TrainOptions& o) {
          o.loss = "asymmetric";
          o.loss_parameters.gamma_negative = 0.5;
        }).find("--gamma-negative") != std::string::npos);
  CHECK(error_with([](TrainOptions& o) {
          o.loss = "mse";
          o.loss_parameters.zero_weight = 0.1;
        }).empty());
  CHECK(error_with([](TrainOptions& o) { o.clip = 1, o.model = "linear"; }).find("--clip") !=
        std::string::npos);
  CHECK(error_with([](TrainOptions& o) { o.optimizer_options.eps = 0; }).find("--eps") !=
        std::string::npos);
  CHECK(error_with([](TrainOptions& o) { o.train = ""; }).find("--train") != std::string::npos);
}

TEST_CASE("schedule: rates rise in the warm-up, fall to 0, and stay constant if asked") {
  CHECK(schedule_factor("constant", 0.0, 50, 100) == 1.0);
  CHECK(schedule_factor("linear", 0.0, 50, 100) == doctest::Approx(0.5));
  CHECK(schedule_factor("linear", 0.0, 100, 100) == doctest::Approx(0.0));
  CHECK(schedule_factor("cosine", 0.0, 50, 100) == doctest::Approx(0.5));
  CHECK(schedule_factor("cosine", 0.0, 0, 100) == 1.0);
  CHECK(schedule_factor("cosine", 0.1, 0, 100) < schedule_factor("cosine", 0.1, 5, 100));
  CHECK(schedule_factor("cosine", 0.1, 10, 100) == 1.0);
  CHECK_ERROR(schedule_factor("step", 0.0, 0, 1), "unknown");
}
