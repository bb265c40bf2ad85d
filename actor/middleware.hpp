// Middleware: code around every message of an actor, for logs, measurements, checks, translations.
//
// The chain is given where the actor is made: with(middleware(log, uppercase)). Messages pass it
// from the first to the last, answers from the last to the first. An actor without middleware pays
// nothing; times are taken only where a link wants them.
//
//   class Counter : public troupe::Middleware {
//    public:
//     troupe::Pass on_message(troupe::MessageView) override {
//       seen_.fetch_add(1, std::memory_order_relaxed);
//       return troupe::Pass::on;
//     }
//    private:
//     std::atomic<std::uint64_t> seen_ = 0;      // several actors may share the link
//   };
//
//   auto counter = std::make_shared<Counter>();
//   auto account = system.spawn<Account>("account", with(middleware(counter)), 100);
//
// It sees messages, timers' and Terminated among them, in the actor's turn, before the handler. It
// does not see what never comes so far: what expired, had no room, or could not be decoded. Nor the
// answers to what the actor asks itself. A restart keeps the chain and its state.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <troupe/actor/ports/envelope.hpp>
#include <troupe/actor/ref.hpp>
#include <troupe/actor/runtime/reply.hpp>
#include <troupe/base/error.hpp>

namespace troupe {

namespace runtime {

/// Sends an answer of the link at this place of the chain, past those before it. Takes the reply.
/// Actor thread.
void answer_from_link(std::size_t place, Envelope* request, Envelope* reply);

/// What is known of a message besides what its envelope says.
struct MessageFacts {
  std::optional<std::size_t> encoded_bytes = std::nullopt;
  std::optional<Duration> waited = std::nullopt;
};

}  // namespace runtime

/// A message, or an answer, as middleware sees it. Only while the function runs that it was given
/// to.
class MessageView {
 public:
  /// A message, for the link at this place of the chain.
  MessageView(runtime::Envelope& message, std::size_t place,
              const runtime::MessageFacts& facts) noexcept
      : envelope_(&message), request_(&message), place_(place), facts_(&facts) {}
  /// An answer to `request`.
  MessageView(runtime::Envelope& answer, std::size_t place, runtime::Envelope& request) noexcept
      : envelope_(&answer), request_(&request), place_(place) {}

  /// The wire name of its type; "troupe::Error" for an answer that says why there is none.
  [[nodiscard]] std::string_view type_name() const noexcept { return envelope_->type->name; }

  /// The message, or the answer, which may be changed, if it is an M; else null. An answer of a
  /// handler's that is an Error is got as one: `view.get<troupe::Error>()`.
  template <class M>
  [[nodiscard]] M* get() const noexcept {
    if (!same_type(*envelope_->type, runtime::message_type<M>)) return nullptr;
    return &envelope_->payload_as<M>();
  }

  /// The actor whose middleware sees it. Its path, `view.actor().path()`, is looked up when it is
  /// asked for, under a lock.
  [[nodiscard]] AnyRef actor() const noexcept;
  /// The actor, here or on another node, that sent the message; of an answer, the one that asked.
  /// Nobody where that was no actor.
  [[nodiscard]] AnyRef sender() const noexcept;

  /// How many bytes the message had on its way from another node, without the frame's own. Nothing
  /// for one that was sent on this node: it was never encoded, and what it holds on the heap is
  /// known to its type alone. Nothing for answers, and for what comes again, from the stash or
  /// after a failure.
  [[nodiscard]] std::optional<std::size_t> encoded_bytes() const noexcept {
    return facts_ != nullptr ? facts_->encoded_bytes : std::nullopt;
  }

  /// How long the message was in the mailbox, from when it had come there and had been let in. Only
  /// where a link wants_times(). Nothing for answers, for what nobody sent (timers' messages and
  /// Terminated), and for what comes again.
  [[nodiscard]] std::optional<Duration> waited() const noexcept {
    return facts_ != nullptr ? facts_->waited : std::nullopt;
  }

  /// A message whose sender still waits for the answer; never an answer.
  [[nodiscard]] bool is_request() const noexcept {
    return envelope_->kind != runtime::Kind::reply && envelope_->awaits_answer();
  }

  /// Answers a request in the actor's place; return Pass::stop then. R must be the request's Reply.
  /// The links before this one see the answer on its way out. Does nothing to what is no request.
  template <class R>
  void answer(R value) const {
    if (!is_request()) return;
    runtime::answer_from_link(place_, envelope_, runtime::make_reply(envelope_, std::move(value)));
  }

 private:
  runtime::Envelope* envelope_;
  runtime::Envelope* request_;  // The message itself, or the one that is answered.
  std::size_t place_;
  const runtime::MessageFacts* facts_ = nullptr;
};

/// A message that a handler is done with.
struct HandledMessage {
  std::string_view type_name;  ///< As of MessageView, as is what follows.
  AnyRef actor;
  AnyRef sender;
  std::optional<std::size_t> encoded_bytes;
  std::optional<Duration> waited;
  Duration took;  ///< From when the first link saw it until the handler returned, or until its Task
                  ///< ended: then with all that the Task waited for.
  bool failed;    ///< The handler, or its Task, has thrown.
};

/// A step of an actor's life: `started` when the constructor has returned, before on_start();
/// `restarting` before before_restart(); `restarted` after after_restart(); `stopped` after
/// on_stop(), while the instance is still there. An actor whose first constructor throws has none.
struct LifecycleEvent {
  enum class Step : std::uint8_t { started, stopped, restarting, restarted };
  Step step;
  std::optional<Error> error;  ///< Why it is, or was, restarted; else none.
  AnyRef actor = {};           ///< Whose life it is.
};

/// What a link says of a message on its way in.
enum class Pass : std::uint8_t {
  on,    ///< To the next link, and at last to the handler.
  stop,  ///< No further: the message counts as handled. The asker of a request that the link has
         ///< not answered gets `cancelled`.
};

/// One link of a chain. May be shared by actors, which then call it at the same time. An actor
/// keeps its links alive until it has ended.
class Middleware {
 public:
  virtual ~Middleware() = default;

  /// A message on its way in. What it throws is a failure of the actor. Actor thread.
  virtual Pass on_message(MessageView message) {
    static_cast<void>(message);
    return Pass::on;
  }

  /// An answer that a handler returned, or a link behind this one gave, on its way out. Those of
  /// defer() and forward(), and errors for what was thrown, go straight to the asker. Actor thread.
  virtual void on_reply(MessageView reply) { static_cast<void>(reply); }

  /// Whether this link wants MessageView::waited() and on_handled() [no]. They cost each message to
  /// the actor a look at the clock where it is sent, two where it is handled, and a note of 64
  /// bytes in its mailbox. Asked once for each actor, where that is made.
  [[nodiscard]] virtual bool wants_times() const { return false; }

  /// A message has reached its handler, and that is done with it; told to every link, the last one
  /// first, where one wants_times(). Not of Terminated, and not where a Task was destroyed before
  /// it ended, with its actor or by a restart. What it throws is logged. Actor thread.
  virtual void on_handled(const HandledMessage& message) { static_cast<void>(message); }

  /// The actor's life. Actor thread, but `started`, which comes where the actor is spawned.
  virtual void on_lifecycle(const LifecycleEvent& event) { static_cast<void>(event); }
};

}  // namespace troupe
