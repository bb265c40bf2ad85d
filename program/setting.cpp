#include <troupe/program/setting.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <troupe/program/quantity.hpp>

namespace troupe::program {
namespace {

std::string with_separator(std::string_view key, char separator) {
  std::string text(key);
  std::ranges::replace_if(text, [](char c) { return c == '.' || c == '_'; }, separator);
  return text;
}

template <class T>
Result<void> store(Result<T> parsed, T& place) {
  if (!parsed.ok()) return parsed.error();
  place = *std::move(parsed);
  return {};
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

/// Reads the text of a value that was written in a form that fits.
struct Reading {
  const GivenValue& given;
  bool is_size;

  Result<void> operator()(std::string* place) const {
    *place = given.text;
    return {};
  }
  Result<void> operator()(std::vector<std::string>* place) const {
    place->clear();
    if (given.text.empty()) return {};
    for (std::size_t begin = 0; begin <= given.text.size();) {
      const std::size_t end = std::min(given.text.find(',', begin), given.text.size());
      const std::string_view item =
          trimmed(std::string_view(given.text).substr(begin, end - begin));
      if (item.empty()) return bad_setting("it has nothing before, behind or between commas");
      place->emplace_back(item);
      begin = end + 1;
    }
    return {};
  }
  Result<void> operator()(bool* place) const { return store(parse_truth(given.text), *place); }
  Result<void> operator()(double* place) const { return store(parse_real(given.text), *place); }
  Result<void> operator()(Duration* place) const {
    return store(parse_duration(given.text), *place);
  }
  Result<void> operator()(unsigned* place) const {
    const auto count = parse_count(given.text);
    if (!count.ok()) return count.error();
    if (*count > std::numeric_limits<unsigned>::max()) {
      return bad_setting(given.text + " is more than a number of 32 bits holds");
    }
    *place = static_cast<unsigned>(*count);
    return {};
  }
  Result<void> operator()(std::size_t* place) const {
    const auto number = is_size ? parse_size(given.text) : parse_count(given.text);
    if (!number.ok()) return number.error();
    *place = *number;
    return {};
  }
};

/// What a value's form is called.
std::string_view name_of(const GivenValue& given) {
  switch (given.form) {
    case Form::text: return "text";
    case Form::integer: return "a whole number";
    case Form::real: return "a number with decimals";
    case Form::truth: return "true or false";
    case Form::list: return "a list";
    default: return given.text;
  }
}

/// The forms that a value of each type may be written in, beside bare, and their name.
struct Forms {
  bool is_size;

  struct Allowed {
    std::string_view name;
    std::array<Form, 2> forms;
  };
  Allowed operator()(const std::string*) const { return {"text", {Form::text, Form::text}}; }
  Allowed operator()(const std::vector<std::string>*) const {
    return {"a list of text such as [\"a\", \"b\"]", {Form::list, Form::list}};
  }
  Allowed operator()(const bool*) const { return {"true or false", {Form::truth, Form::truth}}; }
  Allowed operator()(const double*) const { return {"a number", {Form::real, Form::integer}}; }
  Allowed operator()(const Duration*) const {
    return {"a duration such as \"1500ms\" or \"10s\"", {Form::text, Form::text}};
  }
  Allowed operator()(const unsigned*) const {
    return {"a whole number", {Form::integer, Form::integer}};
  }
  Allowed operator()(const std::size_t*) const {
    if (is_size) return {"a size such as \"64MiB\" or 4096", {Form::text, Form::integer}};
    return {"a whole number", {Form::integer, Form::integer}};
  }
};

Forms::Allowed allowed(const Setting& setting) {
  Configuration any;
  return std::visit(Forms{setting.is_size}, setting.place(any));
}

}  // namespace

std::string Setting::flag() const { return "--" + with_separator(key, '-'); }

std::string Setting::variable() const {
  std::string text = "TROUPE_" + with_separator(key, '_');
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

std::string_view Setting::form() const { return allowed(*this).name; }

bool Setting::is_written_in_quotes() const {
  const auto [name, forms] = allowed(*this);
  return std::ranges::find(forms, Form::text) != forms.end();
}

bool Setting::is_list() const { return allowed(*this).forms.front() == Form::list; }

std::string Setting::value_in(const Configuration& configuration) const {
  Configuration copy = configuration;
  return std::visit(
      [&](auto* value) -> std::string {
        using T = std::remove_pointer_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::string>) {
          return *value;
        } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
          std::string text;
          for (const std::string& item : *value) text += (text.empty() ? "" : ",") + item;
          return text;
        } else if constexpr (std::is_same_v<T, bool>) {
          return *value ? "true" : "false";
        } else if constexpr (std::is_same_v<T, Duration> || std::is_same_v<T, double>) {
          return text_of(*value);
        } else {
          return is_size ? text_of_size(*value) : std::to_string(*value);
        }
      },
      place(copy));
}

std::string Setting::shown_in(const Configuration& configuration) const {
  std::string value = value_in(configuration);
  if (!key.ends_with(".redis")) return value;
  const std::size_t begin = value.find("://");
  const std::size_t end = begin == std::string::npos ? begin : value.rfind('@');
  if (end == std::string::npos || end < begin) return value;
  const std::size_t colon = value.find(':', begin + 3);
  if (colon < end) value.replace(colon + 1, end - colon - 1, "***");
  return value;
}

Result<void> Setting::read(const GivenValue& given, Configuration& configuration) const {
  const auto [name, forms] = allowed(*this);
  if (given.form != Form::bare && std::ranges::find(forms, given.form) == forms.end()) {
    return bad_setting(std::string(key) + " is " + std::string(name_of(given)) + "; it has to be " +
                       std::string(name));
  }
  const auto read = std::visit(Reading{given, is_size}, place(configuration));
  if (read.ok()) return {};
  return bad_setting(std::string(key) + ": " + read.error().context());
}

}  // namespace troupe::program
