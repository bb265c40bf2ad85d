#include <troupe/program/storage/stored_text.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <string_view>
#include <troupe/base/printable.hpp>
#include <troupe/persistence/mailbox/message_record.hpp>

namespace troupe::program {
namespace {

std::string with_zeros(unsigned number, std::size_t width) {
  std::string text = std::to_string(number);
  return std::string(text.size() < width ? width - text.size() : 0, '0') + text;
}

bool is_number(const std::string& cell) {
  return !cell.empty() && std::isdigit(static_cast<unsigned char>(cell.front())) != 0;
}

}  // namespace

ShownMessage shown(const StoredBytes& record) {
  const auto* const text = reinterpret_cast<const char*>(record.data());
  const auto read = persistence::read_record({text, record.size()});
  if (!read.ok()) return {{}, {}, hexadecimal(record)};
  return {std::string(read->type_name), std::string(read->sender),
          json_of_msgpack(std::as_bytes(std::span(read->payload)))};
}

std::string hexadecimal(std::span<const std::byte> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text = "0x";
  for (const std::byte one : bytes) {
    text += digits[std::to_integer<unsigned>(one) >> 4U];
    text += digits[std::to_integer<unsigned>(one) & 0xfU];
  }
  return text;
}

std::string short_size(std::uint64_t bytes) {
  constexpr std::array units = {" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"};
  std::size_t unit = 0;
  std::uint64_t rest = 0;
  for (; bytes >= 1'024; ++unit) {
    rest = bytes % 1'024;
    bytes /= 1'024;
  }
  std::string text = std::to_string(bytes);
  const std::uint64_t tenths = rest * 10 / 1'024;
  if (bytes < 10 && tenths > 0) text += "." + std::to_string(tenths);
  return text + units[unit];
}

std::string short_time(std::uint64_t milliseconds) {
  using namespace std::chrono;
  constexpr std::uint64_t seconds_max = 253'402'300'799;  // The last of the year 9999.
  if (milliseconds == 0) return "-";
  const seconds since(std::min<std::uint64_t>(milliseconds / 1'000, seconds_max));
  const days day = floor<days>(since);
  const year_month_day date{sys_days(day)};
  const hh_mm_ss time(since - day);
  const auto two = [](auto part) { return with_zeros(static_cast<unsigned>(part), 2); };
  return with_zeros(static_cast<unsigned>(static_cast<int>(date.year())), 4) + "-" +
         two(static_cast<unsigned>(date.month())) + "-" + two(static_cast<unsigned>(date.day())) +
         " " + two(time.hours().count()) + ":" + two(time.minutes().count()) + ":" +
         two(time.seconds().count()) + "Z";
}

std::string columns(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string space(widths[i] - row[i].size(), ' ');
      // A heading stands as what is below it does.
      const bool is_right =
          is_number(&row == &rows.front() && rows.size() > 1 ? rows[1][i] : row[i]);
      line += (i > 0 ? "  " : "") + (is_right ? space + row[i] : row[i] + space);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += (text.empty() ? "" : "\n") + line;
  }
  return text;
}

}  // namespace troupe::program
