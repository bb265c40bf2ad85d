// Probe: an actor in the hands of a test. It records every message, and the test says what it
// expects.
//
//   Probe probe(system);
//   greeter.tell(Greet{"Ann", probe.ref<Accepts<Greeting>>()});
//   EXPECT_EQ(probe.expect<Greeting>().text, "Hello, Ann");
//
// In a TestSystem an expectation runs the actors, and its time is virtual; in a system with threads
// it waits, in real time, until the message comes.
//
// A probe answers too, as a stand-in for an actor that the code under test asks:
//
//   Probe store(system, "store");
//   shop.tell(Buy{"tea", store.ref<Accepts<Reserve>>()});
//   store.expect<Reserve>();
//   store.reply(Reserved{true});
#pragma once

#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <troupe/actor/actor_system.hpp>
#include <troupe/actor/deferred.hpp>
#include <troupe/actor/ports/collector.hpp>
#include <troupe/testkit/expectation_failed.hpp>
#include <troupe/testkit/test_system.hpp>

namespace troupe::testkit {

class ProbeInbox;

/// Accepts messages of every type, in the order in which they come; Terminated is one of them.
/// Expectations look at one message after the other, and one that is not met throws
/// ExpectationFailed. For the thread of the test, outside of handlers. May outlive its system.
class Probe {
 public:
  /// Makes the probe's actor, "/user/<name>". Throws Failure as ActorSystem::spawn() does:
  /// `name_taken`, `invalid_name`, `limit_reached`, `shutdown`. Of a node it takes Node::system().
  explicit Probe(ActorSystem& system, std::string_view name = {});
  explicit Probe(TestSystem& system, std::string_view name = {}) : Probe(system.actors(), name) {}
  /// Stops the actor. Requests that were not answered fail with `cancelled`; messages that nobody
  /// has expected are dropped without a word. A test that minds ends with expect_no_message().
  ~Probe();
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  /// For what takes an actor of any kind, such as watch() and stop().
  [[nodiscard]] AnyRef any_ref() const noexcept { return collector_.ref(); }
  /// The probe as whatever the code under test wants: a protocol, `ref<Accepts<Greeting>>()`, or an
  /// actor class, `ref<Account>()`. It accepts all messages, so nothing is checked.
  template <class T>
  [[nodiscard]] RefTo<T> ref() const noexcept {
    return RefTo<T>(any_ref());
  }
  /// "/user/<name>", as it stands in errors and logs.
  [[nodiscard]] std::string path() const { return any_ref().path(); }

  /// The next message, which is an M and comes within `timeout` [3 s]; M is named exactly, as it
  /// was sent. Throws ExpectationFailed where nothing comes, or where the message is of another
  /// type, which then has been looked at and is not there for the next expectation.
  template <class M>
  M expect(Duration timeout = default_expectation,
           const std::source_location& where = std::source_location::current()) {
    const Wanted wanted{std::string(wire::type_name<M>()), timeout, where};
    take_next(wanted);
    std::optional<M> message = last_as<M>();
    if (!message) fail_unexpected(wanted);
    return *std::move(message);
  }

  /// The next M that comes within `timeout` [3 s] in all; messages of other types before it are
  /// dropped, and requests among them fail with `cancelled`. Throws ExpectationFailed where none
  /// comes.
  template <class M>
  M expect_eventually(Duration timeout = default_expectation,
                      const std::source_location& where = std::source_location::current()) {
    const Wanted wanted{std::string(wire::type_name<M>()), timeout, where};
    const TimePoint deadline = deadline_after(collector_.clock(), timeout);
    while (true) {
      take_next(wanted, deadline);
      if (std::optional<M> message = last_as<M>()) return *std::move(message);
    }
  }

  /// Nothing comes for `span`, which then has passed, and nothing has come before. In a TestSystem
  /// a span of an hour costs no time; with threads this blocks for all of it. Throws
  /// ExpectationFailed as soon as something comes, which then has been looked at.
  void expect_no_message(Duration span,
                         const std::source_location& where = std::source_location::current());

  /// The next message tells that `ref`, which the probe watches, has ended; the result says why.
  /// Throws ExpectationFailed for any other message, and for the end of another actor.
  Terminated expect_terminated(AnyRef ref, Duration timeout = default_expectation,
                               const std::source_location& where = std::source_location::current());

  /// Messages that have come and that no expectation has looked at. Runs nothing.
  [[nodiscard]] std::size_t waiting() const;

  /// Who sent the message that was looked at last; a null ref when that was no actor.
  [[nodiscard]] AnyRef last_sender() const noexcept { return last_sender_; }

  /// Answers the request that was looked at last, once; `value` has exactly its type Reply.
  /// A request that is not answered before the next message is looked at fails with `cancelled`.
  /// Throws ExpectationFailed where there is no request to answer, or it wants another type.
  template <class R>
  void reply(R value, const std::source_location& where = std::source_location::current()) {
    require_request(&runtime::message_type<R>, where);
    runtime::answer(last_.get(), std::move(value));
  }
  /// Answers a request whose Reply is void. Throws as the one before.
  void reply(const std::source_location& where = std::source_location::current()) {
    reply(runtime::Unit{}, where);
  }
  /// Fails the request that was looked at last: its asker gets `error`. Throws ExpectationFailed
  /// where there is no request to answer.
  void reply(Error error, const std::source_location& where = std::source_location::current());
  /// Takes over the request that was looked at last, to be answered at any time; R is its Reply. So
  /// several requests can be looked at before one is answered. Throws as reply().
  template <class R>
  [[nodiscard]] ReplyTo<R> reply_later(
      const std::source_location& where = std::source_location::current()) {
    require_request(&runtime::message_type<runtime::Stored<R>>, where);
    return ReplyTo<R>(last_.release());
  }

  /// Tells `target` with the probe as the sender. Whether the target accepts an M is found when it
  /// gets there; where it does not, the message is a dead letter, `unknown_type`.
  template <class M>
  void tell(AnyRef target, M message) const {
    const runtime::Collector::AsSender scope(collector_);
    target.tell(std::move(message));
  }

  /// From now on the end of `target` comes as Terminated, once; at once if it has ended already. It
  /// may be on another node.
  void watch(AnyRef target) { collector_.watch(target); }
  /// Ends the watch; a Terminated that has come already stays.
  void unwatch(AnyRef target) { collector_.unwatch(target); }

  /// Ends the probe's actor, so that those who watch it are told. What has come can still be
  /// expected.
  void stop() noexcept { collector_.stop(); }

 private:
  /// What an expectation is waiting for.
  struct Wanted {
    std::string what;
    Duration timeout;
    const std::source_location& where;
  };

  /// Until something has come that nobody has looked at, or the deadline: runs a stepped system, or
  /// blocks.
  void wait_until(TimePoint deadline) const;
  void take_next(const Wanted& wanted) {
    take_next(wanted, deadline_after(collector_.clock(), wanted.timeout));
  }
  void take_next(const Wanted& wanted, TimePoint deadline);
  bool take_waiting();
  [[noreturn]] void fail_unexpected(const Wanted& wanted) const;
  [[nodiscard]] std::string describe_last() const;
  void require_request(const runtime::MessageType* reply, const std::source_location& where) const;

  /// The message that was looked at last, if it is an M.
  template <class M>
  [[nodiscard]] std::optional<M> last_as() {
    std::optional<M> message;
    if (runtime::same_type(*last_->type, runtime::message_type<M>)) {
      message.emplace(std::move(last_->payload_as<M>()));
    } else if constexpr (!runtime::is_local_message<M>) {
      if (runtime::same_type(*last_->type, runtime::message_type<runtime::EncodedMessage>)) {
        const auto& encoded = last_->payload_as<runtime::EncodedMessage>();
        if (encoded.type_key == wire::type_key<M>) {
          message.emplace(runtime::decode_message<M>(encoded.bytes, encoded.origin).value());
        }
      }
    }
    if constexpr (Request<M>) {
      if (message) last_reply_ = &runtime::message_type<runtime::Stored<ReplyOf<M>>>;
    }
    return message;
  }

  const std::shared_ptr<ProbeInbox> inbox_;
  const runtime::Collector collector_;
  runtime::EnvelopePtr last_;  // Its message has been moved out, but not its asker.
  AnyRef last_sender_;
  const runtime::MessageType* last_reply_ = nullptr;
};

}  // namespace troupe::testkit
