#include "spout/app/options/config_file.h"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

namespace spout {
namespace {

using Json = nlohmann::ordered_json;

/// The text of a value that is no list. No option is a list of lists or an object; dump() of very
/// deep ones would overflow the stack.
std::string plain_text_of(const Json& value) {
  return value.is_structured() ? value.type_name() : value.dump();
}

/// The text that set_option() reads for a JSON value.
std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return plain_text_of(value);
  std::string text;
  for (const Json& item : value)
    text += fmt::format("{}{}", text.empty() ? "" : ",", plain_text_of(item));
  return text;
}

struct ToJson {
  Json operator()(const TextField& field) const {
    const Json number = Json::parse(field.text(), nullptr, /*allow_exceptions=*/false);
    return number.is_number() ? number : Json(field.text());
  }
  template <class Value>
  Json operator()(const Value* field) const {
    return *field;
  }
};

Json parse_file(const std::string& path) {
  std::ifstream file(path);
  if (!file || std::filesystem::is_directory(path)) {
    throw UserError(fmt::format("{}: cannot open this config file", path));
  }
  const Json parsed = Json::parse(file, nullptr, /*allow_exceptions=*/false,
                                  /*ignore_comments=*/true);
  if (!parsed.is_object()) {
    throw UserError(fmt::format("{}: expected a JSON object of options", path));
  }
  return parsed;
}

}  // namespace

void read_config(const OptionList& list, const std::string& path) {
  std::vector<std::string> names;
  for (const OptionGroup& group : list) {
    for (const Option& option : group.options)
      names.push_back(option.name);
  }
  const Json config = parse_file(path);
  for (const auto& [key, value] : config.items()) {
    const Option* option = find_option(list, key);
    if (option == nullptr) {
      throw UserError(
          fmt::format("{}: unknown option '{}'{}", path, key, did_you_mean(key, names)));
    }
    try {
      set_option(*option, text_of(value));
    } catch (const UserError& error) {
      throw UserError(fmt::format("{}: {}", path, error.what()));
    }
  }
}

std::string config_text(const OptionList& list) {
  Json config = Json::object();
  for (const OptionGroup& group : list) {
    for (const Option& option : group.options) {
      if (!option.is_saved) continue;
      const bool is_none =
          !option.word_for_none.empty() && option_text(option) == option.word_for_none;
      config[option.name] =
          is_none ? Json(option.word_for_none) : std::visit(ToJson{}, option.field);
    }
  }
  try {
    return config.dump(2) + "\n";
  } catch (const Json::type_error&) {
    throw UserError("expected names in UTF-8, as JSON has them, among the options");
  }
}

}  // namespace spout
