// Users' messages from any bytes. The first byte picks the type, the others are decoded as one:
// what is accepted can be encoded again, and then decodes as the same.
#include <array>
#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <troupe/base/check.hpp>
#include <troupe/wire/msgpack.hpp>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

#include "target.hpp"

namespace {

using namespace troupe::wire;

enum class Colour : std::uint8_t { red, green };

struct Numbers {
  bool yes = true;
  std::int8_t tiny = -100;
  std::uint64_t huge = 1ULL << 60U;
  float third = 0.25F;
  double tenth = 0.1;
  Colour colour = Colour::green;
  std::chrono::milliseconds pause{1'500};
};
struct Texts {
  std::string text = "more than thirty-one characters of text";
  std::vector<std::byte> bytes{std::byte{1}};
  std::array<std::byte, 2> pair{};
  std::optional<std::tuple<int, std::string>> maybe{{1, "t"}};
  std::variant<std::monostate, int, std::string> choice = "chosen";
};
struct Collections {
  std::vector<bool> flags{true, false};
  std::deque<std::array<short, 2>> points{{1, 2}, {-300, 400}};
  std::set<std::string> names{"a", "b"};
  std::multimap<int, Texts> by_number{{1, {}}};
  std::map<std::string, std::pair<int, Numbers>> by_name{{"x", {1, {}}}};
};
struct Tree {
  std::vector<Tree> children;
  std::optional<std::string> label;
};
struct Packed {
  int id = 0;
  std::vector<std::map<std::string, double>> tables;
  MSGPACK_DEFINE(id, tables)
};
struct Wide {
  std::array<std::uint64_t, 200> numbers{};
};

std::vector<std::byte> encoded(const auto& value) {
  Writer writer;
  encode(writer, value);
  return {writer.bytes().begin(), writer.bytes().end()};
}

template <class T>
void check(std::span<const std::byte> bytes) {
  const auto first = decode<T>(bytes);
  if (!first.ok()) {
    TROUPE_CHECK(first.error().code() == troupe::ErrorCode::malformed, "refuse as malformed");
    return;
  }
  const auto written = encoded(*first);
  const auto second = decode<T>(written);
  // Fields that the input lacked, at the greatest depth, may be written one level too deep.
  if (!second.ok() && second.error().context().find("nested deeper") != std::string::npos) return;
  TROUPE_CHECK(second.ok(), "decode what was encoded");
  TROUPE_CHECK(encoded(*second) == written, "decode a message as it was encoded");
}

/// The order of the elements is free, so their bytes are not compared.
void check_unordered(std::span<const std::byte> bytes) {
  using Map = std::unordered_map<int, std::string>;
  const auto first = decode<Map>(bytes);
  TROUPE_CHECK(!first.ok() || decode<Map>(encoded(*first)) == first, "decode what was encoded");
}

constexpr std::array checks = {
    &check<Numbers>, &check<Texts>,    &check<Collections>,       &check<Tree>,
    &check<Packed>,  &check_unordered, &check<std::vector<Wide>>, &check<std::vector<Collections>>,
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = as_input(data, size);
  if (input.empty()) return 0;
  checks[std::to_integer<std::size_t>(input[0]) % checks.size()](input.subspan(1));
  return 0;
}
