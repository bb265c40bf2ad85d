#define TOML_EXCEPTIONS 0
#include <troupe/program/config_file.hpp>

#include <toml++/toml.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <optional>
#include <sstream>
#include <troupe/base/printable.hpp>
#include <troupe/program/quantity.hpp>

namespace troupe::program {
namespace {

std::string place_of(const std::string& source, const toml::source_position& at) {
  return source + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

/// Finds the first key with too many parts. toml++ bounds how deeply values are nested, but not
/// this, and it and we go into each part by a call.
class KeyScan {
 public:
  explicit KeyScan(std::string_view text) : text_(text) {}

  /// Where it is; nothing where there is none.
  std::optional<toml::source_position> find() {
    std::size_t dots = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"' || c == '\'') {
        skip_text(c);
        continue;
      }
      if (c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
        continue;
      }
      if (c == '.' && ++dots >= key_parts_max) return position();
      if (c != '.' && !is_of_key(c)) dots = 0;
      ++at_;
    }
    return std::nullopt;
  }

 private:
  /// What may stand in a key, or between its parts.
  static bool is_of_key(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == ' ' ||
           c == '\t';
  }

  /// Goes behind a text in quotes. One that does not end is for toml++ to refuse.
  void skip_text(char quote) {
    const std::string three(3, quote);
    const bool is_long = text_.substr(at_).starts_with(three);
    const std::string_view end = is_long ? std::string_view(three) : std::string_view(&quote, 1);
    at_ += end.size();
    while (at_ < text_.size() && !text_.substr(at_).starts_with(end)) {
      if (!is_long && text_[at_] == '\n') return;
      at_ += quote == '"' && text_[at_] == '\\' ? 2U : 1U;
    }
    at_ = std::min(at_ + end.size(), text_.size());
    // Up to two quotes before the last three are of the text.
    for (int i = 0; is_long && i < 2 && at_ < text_.size() && text_[at_] == quote; ++i) ++at_;
  }

  [[nodiscard]] toml::source_position position() const {
    const std::string_view before = text_.substr(0, at_);
    const std::size_t line = before.rfind('\n');
    const std::size_t column = line == before.npos ? at_ + 1 : at_ - line;
    return {static_cast<toml::source_index>(1 + std::ranges::count(before, '\n')),
            static_cast<toml::source_index>(column)};
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

/// Collects the values below a table, until one has a key that is none of ours.
class Values {
 public:
  explicit Values(const std::string& source) : source_(source) {}

  void add(const toml::table& table, const std::string& prefix) {
    for (const auto& [key, node] : table) {
      if (key.str().find('.') != std::string_view::npos) {
        problem = place_of(source_, key.source().begin) + ": the key \"" +
                  printable(std::string(key.str())) +
                  "\" has a dot within quotes; write it without, or below a table";
        return;
      }
      const std::string path = prefix + std::string(key.str());
      if (const toml::table* inner = node.as_table()) {
        add(*inner, path + ".");
      } else {
        values.push_back(value_of(path, key, node));
      }
    }
  }

  std::vector<GivenValue> values;
  std::string problem;  ///< Empty: none.

 private:
  GivenValue value_of(const std::string& path, const toml::key& key, const toml::node& node) const {
    GivenValue given{path, Form::other, {}, {Source::file, place_of(source_, key.source().begin)}};
    if (const auto* text = node.as_string()) {
      given.form = Form::text;
      given.text = text->get();
    } else if (const auto* integer = node.as_integer()) {
      given.form = Form::integer;
      given.text = std::to_string(integer->get());
    } else if (const auto* real = node.as_floating_point()) {
      given.form = Form::real;
      given.text = text_of(real->get());
    } else if (const auto* truth = node.as_boolean()) {
      given.form = Form::truth;
      given.text = truth->get() ? "true" : "false";
    } else if (const auto* list = node.as_array()) {
      add_items(*list, given);
    } else {
      given.text = "a date or time";
    }
    return given;
  }

  /// As it would stand behind a flag, with commas.
  static void add_items(const toml::array& list, GivenValue& given) {
    for (const auto& item : list) {
      const auto* text = item.as_string();
      if (text == nullptr || text->get().find(',') != std::string::npos) {
        given.text = "a list that has something else than text without commas";
        return;
      }
      if (text->get().find_first_not_of(" \t") == std::string::npos) {
        given.text = "a list with nothing between two quotes";
        return;
      }
      given.text += (given.text.empty() ? "" : ",") + text->get();
    }
    given.form = Form::list;
  }

  const std::string& source_;
};

}  // namespace

Result<std::vector<GivenValue>> parse_config(std::string_view text, const std::string& source) {
  if (const auto found = KeyScan(text).find()) {
    return bad_setting(place_of(source, *found) + ": a key has more than " +
                       std::to_string(key_parts_max) + " parts; a setting has three at most");
  }
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return bad_setting(place_of(source, error.source().begin) +
                       ": no TOML: " + printable(std::string(error.description())));
  }
  Values values(source);
  values.add(parsed.table(), "");
  if (!values.problem.empty()) return bad_setting(values.problem);
  return std::move(values.values);
}

Result<std::vector<GivenValue>> read_config_file(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return bad_setting(file + ": no file that can be read");
  std::string text(config_file_bytes_max + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) return bad_setting(file + ": cannot be read");
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > config_file_bytes_max) {
    return bad_setting(file + ": has more than 1 MiB; a configuration file has less");
  }
  return parse_config(text, file);
}

}  // namespace troupe::program
