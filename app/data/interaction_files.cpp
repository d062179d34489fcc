#include "spout/app/data/interaction_files.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "spout/app/data/layout_option.h"
#include "spout/app/data/names_beside.h"
#include "spout/app/options/command_line.h"
#include "spout/app/process/say.h"
#include "spout/sparse/files/io/output_file.h"
#include "spout/sparse/files/io/text_writer.h"
#include "spout/sparse/files/predictions.h"
#include "spout/sparse/files/text/adjacency.h"
#include "spout/sparse/files/text/date.h"
#include "spout/sparse/files/text/vocabulary_file.h"
#include "spout/sparse/interactions/split.h"

namespace spout {
namespace {

void check(const NameFiles& files, bool force) {
  check_output_file(files.items, force);
  check_output_file(files.users, force);
}

void write(const NameFiles& files, const Interactions& interactions) {
  write_vocabulary(files.items, interactions.items);
  write_vocabulary(files.users, interactions.users);
}

/// Removes the names of earlier data, which would be taken for those of the new ones.
void remove(const NameFiles& files) {
  std::error_code ignored;
  std::filesystem::remove(files.items, ignored);
  std::filesystem::remove(files.users, ignored);
}

/// A unit of numbers that stand for times, and the number of them in a second.
struct TimeUnit {
  const char* name;
  double per_second;
  double from;  // the least latest time that can only be in this unit, or a larger one
};

constexpr std::array<TimeUnit, 4> kTimeUnits = {{
    {"nanoseconds", 1e9, 1e17},
    {"microseconds", 1e6, 1e14},
    {"milliseconds", 1e3, 1e11},
    {"seconds", 1.0, 0.0},
}};

/// The moment of --after in the unit of the times of `all`: those of dates are seconds since 1970.
double moment_after(const Interactions& all, const std::string& after, const std::string& data) {
  double number = 0.0;
  bool is_date = parse_date(after, number);
  if (!is_date) {
    try {
      set_option({"after", &number, "", ""}, after);
    } catch (const UserError&) {
      throw UserError(fmt::format(
          "--after: expected a date such as 2020-01-31 or a number, found '{}'", after));
    }
    return number;
  }
  if (all.notes.has_dates || all.time.empty()) return number;
  const double latest = *std::max_element(all.time.begin(), all.time.end());
  const double earliest = *std::min_element(all.time.begin(), all.time.end());
  if (earliest >= 19000101 && latest <= 21001231) {
    say("{}: times are read as dates YYYYMMDD\n", data);
    const auto day = std::chrono::sys_days(
        std::chrono::days(static_cast<int64_t>(std::floor(number / 86400.0))));
    const std::chrono::year_month_day date(day);
    return 1e4 * static_cast<int>(date.year()) + 100.0 * static_cast<unsigned>(date.month()) +
           static_cast<unsigned>(date.day());
  }
  const auto unit = std::find_if(kTimeUnits.begin(), kTimeUnits.end(),
                                 [&](const TimeUnit& u) { return latest >= u.from; });
  const TimeUnit& found = unit == kTimeUnits.end() ? kTimeUnits.back() : *unit;
  say("{}: times are read as {} since 1970\n", data, found.name);
  return number * found.per_second;
}

InteractionSplit split_by_time(const Interactions& all, const SplitOptions& options,
                               const std::string& data) {
  if (!all.notes.has_times) {
    throw UserError(fmt::format("--split time: {} has no column of times{}{}", data,
                                all.notes.columns.empty() ? "" : ", only ", all.notes.columns));
  }
  InteractionSplit parts = options.after.empty()
                               ? split_latest(all, options.test_share)
                               : split_after(all, moment_after(all, options.after, data));
  const bool no_test = parts.test.matrix.nnz() == 0;
  if (no_test || parts.train.matrix.nnz() == 0) {
    throw UserError(fmt::format("--split time: all entries of {} are in the {} part", data,
                                no_test ? "training" : "test"));
  }
  return parts;
}

InteractionSplit split(const Interactions& all, const SplitOptions& options,
                       const std::string& data) {
  const auto seed = static_cast<uint64_t>(options.seed);
  if (options.split == "random") return split_random(all, options.test_share, seed);
  if (options.split == "by-user") return split_by_user(all, options.test_share, seed);
  if (options.split == "time") return split_by_time(all, options, data);
  if (!all.notes.has_times) {
    say("{}: has no times; the order of the file decides which items are the last\n", data);
  }
  return split_leave_last(all, options.last_items);
}

int64_t count_users(const Csr& matrix) {
  int64_t count = 0;
  for (int64_t row = 0; row < matrix.rows; ++row)
    count += matrix.row_columns(row).empty() ? 0 : 1;
  return count;
}

nlohmann::ordered_json description(const Interactions& all, const InteractionSplit& parts,
                                   const SplitOptions& options, const std::string& data) {
  nlohmann::ordered_json json{{"data", data}, {"split", options.split}};
  const bool draws = options.split == "random" || options.split == "by-user";
  if (draws || (options.split == "time" && options.after.empty())) {
    json["test-share"] = options.test_share;
  }
  if (!options.after.empty()) json["after"] = options.after;
  if (options.split == "leave-last") json["last-items"] = options.last_items;
  if (options.min_items > 0) json["min-items"] = options.min_items;
  if (!options.min_rating.empty()) json["min-rating"] = options.min_rating;
  if (draws) json["seed"] = options.seed;
  if (options.split == "by-user") json["target-share"] = kTargetShare;
  json["users"] = all.matrix.rows;
  json["items"] = all.matrix.cols;
  json["train"] = {{"users", count_users(parts.train.matrix)},
                   {"entries", parts.train.matrix.nnz()}};
  json["test"] = {{"users", count_users(parts.test.matrix)}, {"entries", parts.test.matrix.nnz()}};
  if (options.split == "by-user") json["test-input-entries"] = parts.test_input.matrix.nnz();
  json["named-twice"] = all.repeated;
  json["rated-too-low"] = all.dropped;
  return json;
}

}  // namespace

std::vector<Option> split_options(SplitOptions& options) {
  return {
      Option{"split", &options.split, "HOW",
             "Makes OUT a folder with train.txt and test.txt. The test part is a share of each "
             "user's items (random), each user's last items (leave-last), all entries after a "
             "moment (time), or a share of the users (by-user): a fifth of their items goes to "
             "test.txt, the others, a model's input, to test_input.txt."}
          .one_of({"", "random", "leave-last", "time", "by-user"}),
      Option{
          "test-share", &options.test_share, "SHARE",
          "Share of each user's items (random), of all entries (time: the latest ones) or of the "
          "users (by-user) in the test part; above 0 and below 1."},
      Option{"after", &options.after, "DATE",
             "time: entries later than this go to the test part. A date (2020-01-31, midnight UTC, "
             "or 2020-01-31T10:30:00), or a number in the unit of the file."},
      Option{"last-items", &options.last_items, "N",
             "leave-last: number of a user's last items in the test part; one always stays."}
          .at_least(1),
      Option{"seed", &options.seed, "S", "Seed of the splits random and by-user."},
      Option{"min-items", &options.min_items, "N", "Leaves out users with fewer than N items."}
          .at_least(0)};
}

void check_split_options(const SplitOptions& options) {
  const SplitOptions defaults;
  const bool draws = options.split == "random" || options.split == "by-user";
  const bool by_time = options.split == "time";
  const auto refuse = [](bool given, const char* message) {
    if (given) throw UserError(message);
  };
  refuse(!draws && options.seed != defaults.seed, "--seed is for --split random and by-user");
  refuse(!draws && !by_time && options.test_share != defaults.test_share,
         "--test-share is for --split random, time and by-user");
  refuse(!by_time && !options.after.empty(), "--after is for --split time");
  refuse(by_time && !options.after.empty() && options.test_share != defaults.test_share,
         "--after and --test-share exclude each other");
  refuse(options.split != "leave-last" && options.last_items != defaults.last_items,
         "--last-items is for --split leave-last");
  if (options.test_share > 0.0 && options.test_share < 1.0) return;
  throw UserError(
      fmt::format("--test-share: expected a number between 0 and 1, found {}", options.test_share));
}

Interactions with_enough_items(Interactions interactions, const SplitOptions& options,
                               const std::string& path) {
  if (options.min_items <= 0) return interactions;
  int64_t left_out = 0;
  Interactions kept = with_at_least(interactions, options.min_items, left_out);
  if (left_out > 0)
    say("{}: {} of {} users have fewer than {} items and were left out\n", path, left_out,
        interactions.matrix.rows, options.min_items);
  if (kept.matrix.rows == 0) {
    throw UserError(
        fmt::format("--min-items {}: no user of {} has as many", options.min_items, path));
  }
  return kept;
}

void write_interactions(const std::string& path, const Interactions& interactions,
                        SparseLayout layout, bool force) {
  const bool named = !interactions.items.empty();
  const NameFiles names = name_files_of(path);
  if (named) check(names, force);
  if (is_text_name(path)) {
    write_adjacency(path, interactions, {.numbers_users = named, .overwrite = force});
  } else {
    check_prediction_file(path, force);
    check_layout_memory(path, layout, interactions.matrix.cols);
    write_predictions(path, interactions.matrix, layout, force);
  }
  if (named) write(names, interactions);
  if (!named) remove(names);
  fmt::print("{}: {} users, {} items, {} entries\n", path, interactions.matrix.rows,
             interactions.matrix.cols, interactions.matrix.nnz());
}

void write_split(const std::string& folder, const Interactions& interactions,
                 const SplitOptions& options, const std::string& data, bool force) {
  const InteractionSplit parts = split(interactions, options, data);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw UserError(fmt::format("{}: cannot make this folder: {}", folder, error.message()));
  }
  std::vector<std::pair<std::string, const Interactions*>> files{
      {folder + "/train.txt", &parts.train}, {folder + "/test.txt", &parts.test}};
  if (options.split == "by-user") files.emplace_back(folder + "/test_input.txt", &parts.test_input);
  const bool named = !interactions.items.empty();
  const NameFiles names = name_files_in(folder);
  const std::string record = split_record(folder);
  for (const auto& [path, part] : files)
    check_output_file(path, force);
  check_output_file(record, force);
  if (named) check(names, force);
  for (const auto& [path, part] : files) {
    write_adjacency(path, *part, {.numbers_users = named, .skips_empty = true, .overwrite = force});
    fmt::print("{}: {} users, {} entries\n", path, count_users(part->matrix), part->matrix.nnz());
  }
  if (named) write(names, interactions);
  if (!named) remove(names);
  TextWriter writer(record, force);
  writer.append(description(interactions, parts, options, data).dump(2) + "\n");
  writer.commit();
}

}  // namespace spout
