#include <troupe/program/json_text.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <string>
#include <troupe/base/printable.hpp>
#include <vector>

namespace troupe::program {
namespace {

using Json = nlohmann::json;

/// Whether the text of a number that became this one is an integer that it changes.
bool is_changed_integer(double number, std::string_view text) {
  if (text.find_first_of(".eE") != text.npos) return false;
  std::array<char, 400> digits{};  // The largest double has 309.
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), number,
                                     std::chars_format::fixed, 0);
  return std::string_view(digits.data(), written.ptr) != text;
}

/// What nlohmann's parser says, without its own numbers.
std::string reason_of(const nlohmann::detail::exception& error) {
  const std::string text = error.what();
  const std::size_t end = text.find("] ");
  return printable(end == std::string::npos ? text : text.substr(end + 2));
}

/// Makes the value of what the parser finds. A function that returns false ends the parsing.
class Builder final : public nlohmann::json_sax<Json> {
 public:
  explicit Builder(Json& root) : root_(root) {}

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(value); }
  bool number_unsigned(number_unsigned_t value) override { return put(value); }
  bool number_float(number_float_t value, const string_t& text) override {
    if (!is_changed_integer(value, text)) return put(value);
    return fails("has the number " + printable(text, json_quoted_max) +
                 ", which 64 bits hold neither as an integer nor, unchanged, as another number");
  }
  bool string(string_t& value) override { return put(std::move(value)); }
  bool binary(binary_t& /*value*/) override { return fails("has bytes, which are not JSON"); }

  bool start_object(std::size_t /*size*/) override { return open(Json::object()); }
  bool key(string_t& name) override {
    if (open_.back()->contains(name)) {
      return fails("has the key " + printable(name, json_quoted_max) + " twice in one object");
    }
    key_ = std::move(name);
    return true;
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t /*size*/) override { return open(Json::array()); }
  bool end_array() override { return close(); }

  bool parse_error(std::size_t /*position*/, const std::string& token,
                   const nlohmann::detail::exception& error) override {
    const bool is_number = dynamic_cast<const Json::out_of_range*>(&error) != nullptr;
    return fails(is_number ? "has the number " + printable(token, json_quoted_max) +
                                 ", which is larger than any type of numbers holds"
                           : "is no JSON: " + reason_of(error));
  }

  std::string problem;

 private:
  bool fails(const std::string& what) {
    problem = "the message " + what;
    return false;
  }

  /// Where the value has gone.
  Json& place(Json value) {
    if (open_.empty()) return root_ = std::move(value);
    Json& around = *open_.back();
    if (around.is_object()) return around[key_] = std::move(value);
    around.push_back(std::move(value));
    return around.back();
  }
  bool put(Json value) {
    place(std::move(value));
    return true;
  }
  bool open(Json value) {
    if (open_.size() == json_levels_max) {
      return fails("is nested more deeply than messages may be");
    }
    open_.push_back(&place(std::move(value)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  Json& root_;
  std::vector<Json*> open_;  ///< The lists and objects around what comes next.
  std::string key_;          ///< Of what comes next, in an object.
};

}  // namespace

Result<void> parse_json(std::string_view text, Json& value) {
  Builder builder(value);
  if (Json::sax_parse(text, &builder)) return {};
  return Error(ErrorCode::malformed, std::move(builder.problem), Execution::not_executed);
}

std::size_t levels_of(const Json& value) {
  if (!value.is_structured()) return 0;
  std::size_t most = 0;
  for (const Json& inside : value) most = std::max(most, levels_of(inside));
  return most + 1;
}

Json integer_or_text(const std::string& text) {
  const auto read = [&](auto number) -> Json {
    const char* const end = text.data() + text.size();
    const auto [last, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && last == end ? Json(number) : Json(text);
  };
  return text.starts_with('-') ? read(std::int64_t{0}) : read(std::uint64_t{0});
}

bool holds_integer(int digits, const Json& integer) {
  const auto number = integer.get<std::uint64_t>();  // Of a negative one modulo 2^64.
  const bool is_negative = !integer.is_number_unsigned() && integer.get<std::int64_t>() < 0;
  const std::uint64_t size = is_negative ? std::uint64_t{0} - number : number;
  return size == 0 || 64 - std::countl_zero(size) - std::countr_zero(size) <= digits;
}

}  // namespace troupe::program
