#include <troupe/base/printable.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

namespace troupe {
namespace {

struct Form {
  std::uint8_t mask;  // Of the bits that say how many bytes there are.
  std::uint8_t mark;  // What these bits are.
  std::size_t bytes;
  std::uint32_t smallest;  // Code point that needs so many bytes.
};

constexpr std::array<Form, 4> forms = {Form{0x80, 0x00, 1, 0},
                                       {0xe0, 0xc0, 2, 0x80},
                                       {0xf0, 0xe0, 3, 0x800},
                                       {0xf8, 0xf0, 4, 0x10000}};

bool may_be_shown(std::uint32_t point) noexcept {
  const bool is_control = point < 0x20 || (point >= 0x7f && point < 0xa0);
  const bool is_separator = point == 0x2028 || point == 0x2029;
  const bool is_surrogate = point >= 0xd800 && point < 0xe000;
  return !is_control && !is_separator && !is_surrogate && point <= 0x10ffff;
}

/// Bytes of the character that the text begins with; 0 for one that is none, or not to be shown.
std::size_t character(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const auto* const form = std::ranges::find_if(
      forms, [&](const Form& one) { return (byte(0) & one.mask) == one.mark; });
  if (form == forms.end() || form->bytes > text.size()) return 0;
  std::uint32_t point = byte(0) & static_cast<std::uint8_t>(~form->mask);
  for (std::size_t i = 1; i < form->bytes; ++i) {
    if ((byte(i) & 0xc0U) != 0x80U) return 0;
    point = (point << 6U) | (byte(i) & 0x3fU);
  }
  return point >= form->smallest && may_be_shown(point) ? form->bytes : 0;
}

}  // namespace

std::string printable(std::string_view text, std::size_t bytes_max) {
  constexpr std::string_view digits = "0123456789abcdef";
  constexpr std::string_view ellipsis = "...";
  const bool is_plain =
      std::ranges::all_of(text, [](char one) { return one >= 0x20 && one < 0x7f; });
  if (is_plain && text.size() <= bytes_max) return std::string(text);
  std::string shown;
  std::size_t cut_at = 0;  // The last place where "..." would still fit.
  for (std::string_view rest = text; !rest.empty();) {
    if (shown.size() + ellipsis.size() <= bytes_max) cut_at = shown.size();
    const std::size_t size = character(rest);
    if (size != 0) {
      shown += rest.substr(0, size);
    } else {
      const auto byte = static_cast<std::uint8_t>(rest.front());
      (shown += "\\x").append({digits[byte >> 4U], digits[byte & 0xfU]});
    }
    if (shown.size() > bytes_max) return shown.substr(0, cut_at).append(ellipsis);
    rest.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return shown;
}

}  // namespace troupe
