#define TOML_EXCEPTIONS 0
#include <troupe/program/config_file.hpp>

#include <toml++/toml.h>

#include <fstream>
#include <sstream>
#include <troupe/base/printable.hpp>
#include <troupe/program/quantity.hpp>

namespace troupe::program {
namespace {

std::string place_of(const std::string& source, const toml::source_position& at) {
  return source + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

/// Collects the values below a table. toml++ has refused what is nested too deeply.
class Values {
 public:
  explicit Values(const std::string& source) : source_(source) {}

  void add(const toml::table& table, const std::string& prefix) {
    for (const auto& [key, node] : table) {
      const std::string path = prefix + std::string(key.str());
      if (const toml::table* inner = node.as_table()) {
        add(*inner, path + ".");
      } else {
        values.push_back(value_of(path, key, node));
      }
    }
  }

  std::vector<GivenValue> values;

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
      given.text += (given.text.empty() ? "" : ",") + text->get();
    }
    given.form = Form::list;
  }

  const std::string& source_;
};

}  // namespace

Result<std::vector<GivenValue>> parse_config(std::string_view text, const std::string& source) {
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return bad_setting(place_of(source, error.source().begin) +
                       ": no TOML: " + printable(std::string(error.description())));
  }
  Values values(source);
  values.add(parsed.table(), "");
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
