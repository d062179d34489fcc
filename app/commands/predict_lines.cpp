#include "spout/app/commands/predict_lines.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <unordered_set>
#include <utility>
#include <vector>

#include "spout/app/process/say.h"
#include "spout/sparse/base/error.h"
#include "spout/sparse/base/numbers.h"
#include "spout/sparse/files/io/line_stream.h"
#include "spout/sparse/files/text/prediction_text.h"

namespace spout {
namespace {

constexpr const char* kName = "standard input";

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Removes the first line, with its end, from `text` and returns it without.
std::string_view take_line(std::string_view& text) {
  const size_t newline = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, newline);
  text.remove_prefix(std::min(newline + 1, text.size()));
  return line;
}

/// The numbers of rows, features and labels in a header of XMLRepository text.
using XmcHeader = std::array<int64_t, 3>;

/// Reads a line as such a header; nullopt if it is none.
std::optional<XmcHeader> xmc_header(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  XmcHeader header{};
  for (int64_t& number : header) {
    if (!parse_int(take_word(line), number) || number < 0) return std::nullopt;
  }
  return take_word(line).empty() ? std::optional(header) : std::nullopt;
}

bool is_blank_text(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

/// The lines that were wanted and those that came.
[[noreturn]] void refuse_count(int64_t line, int64_t wanted, const std::string& found) {
  throw bad_line(kName, line, fmt::format("{} rows, as the header says, found {}", wanted, found));
}

class LinePredictor {
 public:
  LinePredictor(const TrainedModel& trained, ArrivingLines lines, DataOptions format,
                const PredictionOptions& options, bool user_names)
      : trained_(trained),
        lines_(lines),
        format_(std::move(format)),
        options_(options),
        user_names_(user_names) {}

  std::optional<std::string> run() {
    LineStream stream(STDIN_FILENO, kName);
    std::vector<double> waits;  // in seconds, from the arrival of lines to their predictions
    while (auto lines = stream.next(options_.setting.batch_size)) {
      const auto start = std::chrono::steady_clock::now();
      if (waits.empty() && begin(*lines) == DataFormat::kPairs) {
        while (const auto more = stream.next(options_.setting.batch_size))
          *lines += *more;
        return lines;
      }
      answer(*lines);
      std::fflush(stdout);
      waits.push_back(seconds_since(start));
    }
    if (waits.empty()) {
      throw FileError(fmt::format("{}: expected {}, found nothing", kName,
                                  lines_ == ArrivingLines::kDocuments ? "documents" : "rows"));
    }
    if (header_ && rows_ < header_->front()) {
      refuse_count(line_ - 1, header_->front(), std::to_string(rows_));
    }
    std::nth_element(waits.begin(), waits.begin() + static_cast<ptrdiff_t>(waits.size() / 2),
                     waits.end());
    say("-: {} rows; answers took {:.1f} ms (median of {})\n", rows_,
        1000.0 * waits[waits.size() / 2], waits.size());
    return std::nullopt;
  }

 private:
  /// Settles the format by the first lines, and takes a header away from them.
  DataFormat begin(std::string& lines) {
    LineReader first(kName, lines, 1);
    if (is_binary(first)) refuse_binary_pipe(kName);
    if (lines_ == ArrivingLines::kDocuments) return DataFormat::kText;
    if (lines_ == ArrivingLines::kUsers) {
      LineReader reader(kName, lines, 1);
      const DataFormat format = data_format(reader, format_, trained_.schema.format);
      format_.format = format_name(DataFormat::kAdjacency);
      return format;
    }
    std::string_view rest = lines;
    header_ = xmc_header(take_line(rest));
    if (header_) {
      lines.erase(0, lines.size() - rest.size());
      ++line_;
      format_.format = format_name(DataFormat::kXmc);
      return DataFormat::kXmc;
    }
    const bool counts_from_0 = trained_.schema.format != format_name(DataFormat::kLibsvm);
    if (format_.index_base == "auto") format_.index_base = counts_from_0 ? "0" : "1";
    if (counts_from_0 && format_.index_base_of_run) {
      say("-: features are counted from 0, as in the run's training data (--index-base)\n");
    }
    format_.format = format_name(DataFormat::kLibsvm);
    return DataFormat::kLibsvm;
  }

  void answer(const std::string& lines) {
    if (lines_ == ArrivingLines::kUsers) return answer_users(lines);
    if (lines_ == ArrivingLines::kDocuments) return answer_documents(lines);
    if (header_) return answer_counted(lines);
    // Blank lines are rows, except at the end.
    const size_t last = lines.find_last_not_of(" \t\r\n");
    if (last == std::string::npos) {
      blank_lines_ += lines;
      return;
    }
    const size_t end = std::min(lines.find('\n', last), lines.size() - 1) + 1;
    const std::string rows = std::exchange(blank_lines_, {}) + lines.substr(0, end);
    const int64_t waiting = std::count(rows.begin(), rows.end(), '\n');
    answer_at_once(rows, line_);
    blank_lines_ = lines.substr(end);
    line_ += waiting;
  }

  void answer_documents(const std::string& lines) {
    answer_at_once(lines, line_);
    line_ += std::count(lines.begin(), lines.end(), '\n');
  }

  /// Answers rows of which a header has told the number.
  void answer_counted(std::string_view lines) {
    const int64_t wanted = header_->front() - rows_;
    std::string_view rest = lines;
    int64_t count = 0;
    while (count < wanted && !rest.empty()) {
      take_line(rest);
      ++count;
    }
    if (!is_blank_text(rest)) refuse_count(line_ + count, header_->front(), "another row");
    if (count == 0) return;
    const std::string header = fmt::format("{} {} {}\n", count, (*header_)[1], (*header_)[2]);
    answer_at_once(header + std::string(lines.substr(0, lines.size() - rest.size())), line_ - 1);
    line_ += count;
  }

  /// Answers users. One may come several times; each line is a question of its own.
  void answer_users(std::string_view lines) {
    while (!lines.empty()) {
      std::unordered_set<std::string_view> users;
      std::string_view rest = lines;
      while (!rest.empty()) {
        std::string_view ahead = rest;
        std::string_view line = take_line(ahead);
        const std::string_view user = take_word(line);
        if (!user.empty() && !users.insert(user).second) break;
        rest = ahead;
      }
      const std::string_view part = lines.substr(0, lines.size() - rest.size());
      if (!is_blank_text(part)) answer_at_once(part, line_);
      line_ += std::count(part.begin(), part.end(), '\n');
      lines = rest;
    }
  }

  /// Predicts and prints the rows of a text whose first line has the number `line`.
  void answer_at_once(std::string_view text, int64_t line) {
    LineReader reader(kName, text, line);
    const Dataset data = read_dataset(reader, format_, trained_.expected(/*needs_labels=*/false));
    print_rows(predict_rows(trained_, "-", data, options_), trained_.schema.labels,
               user_names_ ? &data.row_names : nullptr);
    rows_ += data.rows();
  }

  const TrainedModel& trained_;
  ArrivingLines lines_;
  DataOptions format_;
  PredictionOptions options_;
  bool user_names_;
  std::optional<XmcHeader> header_;
  std::string blank_lines_;  // of rows without a header: they count once a row follows
  int64_t rows_ = 0;
  int64_t line_ = 1;  // the number of the next line
};

}  // namespace

std::optional<ArrivingLines> arriving_lines(const TrainedModel& trained,
                                            const DataOptions& format) {
  const auto asks_for = [&](DataFormat wanted) {
    return format.format == "auto" || format.format == format_name(wanted);
  };
  if (!trained.schema.text.empty()) return ArrivingLines::kDocuments;
  if (trained.schema.has_interactions()) {
    if (trained.schema.format != format_name(DataFormat::kAdjacency)) return std::nullopt;
    if (!asks_for(DataFormat::kAdjacency)) return std::nullopt;
    return ArrivingLines::kUsers;
  }
  const bool is_rows = asks_for(DataFormat::kXmc) || asks_for(DataFormat::kLibsvm);
  if (trained.shape.kind != FeatureKind::kSparse || !is_rows) return std::nullopt;
  return ArrivingLines::kRows;
}

void print_rows(const Csr& predicted, const Vocabulary& names, const Vocabulary* users) {
  std::string text;
  for (int64_t row = 0; row < predicted.rows; ++row) {
    if (users != nullptr) {
      text += users->name(row);
      text += '\t';
    }
    append_prediction_line(text, predicted, row, names);
  }
  fmt::print("{}", text);
}

std::optional<std::string> predict_lines(const TrainedModel& trained, ArrivingLines lines,
                                         const DataOptions& format,
                                         const PredictionOptions& options, bool user_names) {
  return LinePredictor(trained, lines, format, options, user_names).run();
}

}  // namespace spout
