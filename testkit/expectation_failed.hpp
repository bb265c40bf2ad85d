// ExpectationFailed: what the testkit throws when something that a test expects does not happen.
//
// Every test framework shows the text of an exception that a test lets through; so the testkit
// needs none of them.
#pragma once

#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>
#include <troupe/base/clock.hpp>

namespace troupe::testkit {

/// How long expectations wait when nothing else is said: of a stepped system's virtual time, in
/// which an expectation that fails takes no longer than the actors do, or of real time.
inline constexpr Duration default_expectation = std::chrono::seconds(3);

/// what() is "file:line: what was expected, and what was there instead", of the test's own line. No
/// Failure: a test that expects Troupe to refuse something does not catch this one with it.
class ExpectationFailed : public std::runtime_error {
 public:
  /// For expectations of your own: take `where` as a last argument that defaults to
  /// std::source_location::current(), so that it is the line of the caller:
  ///
  ///   void expect_empty(const Store& store, const std::source_location& where =
  ///                                             std::source_location::current()) {
  ///     if (store.size() != 0) throw ExpectationFailed("expected an empty store", where);
  ///   }
  ExpectationFailed(std::string_view reason, const std::source_location& where);
};

/// "3 s", "50 ms", "1.5 s": a duration in the largest unit that is not more than it, with six
/// significant digits. "0 s" for none, and for one that is negative. Any thread.
[[nodiscard]] std::string duration_text(Duration duration);

}  // namespace troupe::testkit
