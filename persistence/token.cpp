#include <troupe/persistence/token.hpp>

#include <array>
#include <charconv>

namespace troupe::persistence {
namespace {

void append_number(std::string& text, std::uint64_t number, int base) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, base).ptr;
  text.append(digits.data(), end);
}

}  // namespace

std::string to_string(const Token& token) {
  std::string text;
  append_number(text, token.epoch, 10);
  text += ':';
  append_number(text, token.incarnation, 16);
  text += ':';
  append_number(text, token.instance, 16);
  return text;
}

}  // namespace troupe::persistence
