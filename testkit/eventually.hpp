// eventually(): waits for a condition that no message tells of.
//   eventually(system, [&] { return disk.pages_written() == 3; });
#pragma once

#include <functional>
#include <source_location>
#include <troupe/actor/actor_system.hpp>
#include <troupe/testkit/expectation_failed.hpp>
#include <troupe/testkit/test_system.hpp>

namespace troupe::testkit {

/// Returns when condition() holds; throws ExpectationFailed when it does not within `timeout`. A
/// stepped system is run meanwhile, in virtual time, and asked before every turn. Where threads run
/// the actors, the condition, which then must be safe to ask from this thread, is asked again every
/// millisecond; prefer a Probe or Future::get(), which wake up by the event. The timeout is of the
/// system's clock. Throws Failure with `limit_reached` where a stepped system runs past turns_max;
/// what condition() throws is let through. Outside of handlers.
void eventually(ActorSystem& system, const std::function<bool()>& condition,
                Duration timeout = default_expectation,
                const std::source_location& where = std::source_location::current());

/// The same for a TestSystem. What is still to come, timers too, happens at once, up to the
/// timeout.
inline void eventually(TestSystem& system, const std::function<bool()>& condition,
                       Duration timeout = default_expectation,
                       const std::source_location& where = std::source_location::current()) {
  eventually(system.actors(), condition, timeout, where);
}

}  // namespace troupe::testkit
