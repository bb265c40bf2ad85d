#include <troupe/program/quantity.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace troupe::program {
namespace {

template <class Count>
struct Unit {
  std::string_view name;
  Count size;
};

constexpr std::array<Unit<Duration::rep>, 7> time_units = {{{"ns", 1},
                                                            {"us", 1'000},
                                                            {"ms", 1'000'000},
                                                            {"s", 1'000'000'000},
                                                            {"min", 60'000'000'000},
                                                            {"h", 3'600'000'000'000},
                                                            {"d", 86'400'000'000'000}}};
constexpr std::array<Unit<std::uint64_t>, 4> size_units = {
    {{"B", 1}, {"KiB", 1U << 10U}, {"MiB", 1U << 20U}, {"GiB", 1U << 30U}}};

constexpr std::string_view endless = "infinite";

/// What a duration is, and what it looks like.
constexpr const char* duration_form =
    "a number with ns, us, ms, s, min, h or d behind it, such as \"1500ms\", or \"infinite\"";
constexpr const char* size_form =
    "a whole number of bytes, or one with KiB, MiB or GiB behind it, such as \"64MiB\"";

Error not_one(std::string_view text, std::string_view what) {
  return bad_setting("\"" + std::string(text.substr(0, 80)) + "\" is not " + std::string(what));
}

/// The number at the begin of the text, and what follows it; no number where there is none.
template <class Number>
std::pair<bool, std::string_view> take_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return {error == std::errc(), text.substr(static_cast<std::size_t>(end - text.data()))};
}

template <class Number>
bool is_number(std::string_view text, Number& number) {
  const auto [is_one, rest] = take_number(text, number);
  return is_one && rest.empty();
}

template <class Units>
auto unit_named(const Units& units, std::string_view name) {
  for (const auto& unit : units) {
    if (unit.name == name) return unit.size;
  }
  return decltype(units[0].size){0};
}

template <class Units, class Count>
std::string in_largest_unit(const Units& units, Count count) {
  auto unit = units.rbegin();
  while (count % unit->size != 0) ++unit;
  return std::to_string(count / unit->size) + std::string(unit->name);
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  if (text == endless) return Duration::max();
  Duration::rep whole = 0;
  double number = 0;
  const auto [is_whole, unit_of_whole] = take_number(text, whole);
  if (const auto unit = unit_named(time_units, unit_of_whole); is_whole && unit != 0) {
    Duration::rep product = 0;
    if (!__builtin_mul_overflow(whole, unit, &product)) return Duration(product);
    return not_one(text, "at most 292 years; \"infinite\" is for ever");
  }
  const auto [is_number, unit_name] = take_number(text, number);
  const auto unit = unit_named(time_units, unit_name);
  if (!is_number || unit == 0 || !std::isfinite(number)) return not_one(text, duration_form);
  const double product = number * static_cast<double>(unit);
  if (std::abs(product) >= static_cast<double>(Duration::max().count())) {
    return not_one(text, "at most 292 years; \"infinite\" is for ever");
  }
  return Duration(static_cast<Duration::rep>(product));
}

std::string text_of(Duration duration) {
  if (duration == Duration::max()) return std::string(endless);
  if (duration == Duration::zero()) return "0s";
  return in_largest_unit(time_units, duration.count());
}

Result<std::uint64_t> parse_size(std::string_view text) {
  std::uint64_t number = 0;
  const auto [is_number, unit_name] = take_number(text, number);
  const std::uint64_t unit = unit_name.empty() ? 1 : unit_named(size_units, unit_name);
  if (!is_number || unit == 0) return not_one(text, size_form);
  std::uint64_t product = 0;
  if (__builtin_mul_overflow(number, unit, &product)) {
    return not_one(text, "a size that a number of 64 bits holds");
  }
  return product;
}

std::string text_of_size(std::uint64_t bytes) {
  if (bytes == 0) return "0B";
  return in_largest_unit(size_units, bytes);
}

Result<std::uint64_t> parse_count(std::string_view text) {
  std::uint64_t number = 0;
  if (is_number(text, number)) return number;
  return not_one(text, "a whole number from 0 on");
}

Result<double> parse_real(std::string_view text) {
  double number = 0;
  if (is_number(text, number) && std::isfinite(number)) return number;
  return not_one(text, "a number");
}

std::string text_of(double number) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return {text.data(), end};
}

Result<bool> parse_truth(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return not_one(text, "true or false");
}

}  // namespace troupe::program
