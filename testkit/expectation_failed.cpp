#include <troupe/testkit/expectation_failed.hpp>

#include <sstream>

namespace troupe::testkit {

ExpectationFailed::ExpectationFailed(std::string_view reason, const std::source_location& where)
    : std::runtime_error(std::string(where.file_name()) + ":" + std::to_string(where.line()) +
                         ": " + std::string(reason)) {}

std::string duration_text(Duration duration) {
  struct Unit {
    Duration size;
    std::string_view name;
  };
  static constexpr Unit units[] = {{std::chrono::seconds(1), " s"},
                                   {std::chrono::milliseconds(1), " ms"},
                                   {std::chrono::microseconds(1), " us"},
                                   {std::chrono::nanoseconds(1), " ns"}};
  for (const Unit& unit : units) {
    if (duration < unit.size) continue;
    std::ostringstream text;
    text << static_cast<double>(duration.count()) / static_cast<double>(unit.size.count())
         << unit.name;
    return text.str();
  }
  return "0 s";
}

}  // namespace troupe::testkit
