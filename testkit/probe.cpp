#include <troupe/testkit/probe.hpp>

#include <troupe/testkit/probe_inbox.hpp>
#include <troupe/testkit/stepped_scheduler.hpp>

namespace troupe::testkit {

Probe::Probe(ActorSystem& system, std::string_view name)
    : inbox_(std::make_shared<ProbeInbox>()), collector_(system.core(), name, inbox_) {}

Probe::~Probe() {
  inbox_->close();
  stop();
}

std::size_t Probe::waiting() const { return inbox_->size(); }

void Probe::wait_until(TimePoint deadline) const {
  if (SteppedWorld* world = world_of(collector_.core())) {
    static_cast<void>(world->run_until([this] { return waiting() != 0; }, deadline));
  } else {
    inbox_->wait(deadline - collector_.clock().now());
  }
}

void Probe::take_next(const Wanted& wanted, TimePoint deadline) {
  wait_until(deadline);
  if (!take_waiting()) {
    throw ExpectationFailed("expected " + wanted.what + " within " + duration_text(wanted.timeout) +
                                ", but nothing came to " + path(),
                            wanted.where);
  }
}

/// Looks at the next message, if there is one.
bool Probe::take_waiting() {
  runtime::EnvelopePtr next = inbox_->take();
  if (next == nullptr) return false;
  last_ = std::move(next);
  last_sender_ = runtime::sender_of(*last_);
  last_reply_ = nullptr;
  return true;
}

void Probe::fail_unexpected(const Wanted& wanted) const {
  throw ExpectationFailed("expected " + wanted.what + " within " + duration_text(wanted.timeout) +
                              ", but " + describe_last() + " came to " + path(),
                          wanted.where);
}

std::string Probe::describe_last() const {
  if (runtime::same_type(*last_->type, runtime::message_type<Terminated>)) {
    return "the end of " + last_->payload_as<Terminated>().path;
  }
  return runtime::type_name_of(*last_) + " from " +
         (last_sender_ ? last_sender_.path() : "outside");
}

void Probe::expect_no_message(Duration span, const std::source_location& where) {
  const Wanted nothing{"no message", span, where};
  wait_until(deadline_after(collector_.clock(), span));
  if (take_waiting()) fail_unexpected(nothing);
}

Terminated Probe::expect_terminated(AnyRef ref, Duration timeout,
                                    const std::source_location& where) {
  const Wanted wanted{"the end of " + ref.path(), timeout, where};
  take_next(wanted);
  if (!runtime::same_type(*last_->type, runtime::message_type<Terminated>) ||
      last_->payload_as<Terminated>().ref != ref) {
    fail_unexpected(wanted);
  }
  return std::move(last_->payload_as<Terminated>());
}

void Probe::require_request(const runtime::MessageType* reply,
                            const std::source_location& where) const {
  if (last_ == nullptr || !last_->awaits_answer()) {
    throw ExpectationFailed(
        "there is no request to answer: none was expected before, or it was answered, or told",
        where);
  }
  if (last_reply_ == nullptr || runtime::same_type(*reply, runtime::message_type<Error>) ||
      runtime::same_type(*reply, *last_reply_)) {
    return;
  }
  throw ExpectationFailed("the request wants " + std::string(last_reply_->name) +
                              " for an answer, not " + std::string(reply->name),
                          where);
}

void Probe::reply(Error error, const std::source_location& where) {
  require_request(&runtime::message_type<Error>, where);
  runtime::answer(last_.get(), std::move(error));
}

}  // namespace troupe::testkit
