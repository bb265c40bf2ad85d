// Middleware: code around every message of an actor, for logs, measurements, checks, translations.
//
// The chain is given where the actor is made: with(middleware(log, uppercase)). Messages pass it
// from the first to the last, answers from the last to the first. An actor without middleware pays
// nothing.
#pragma once

#include <optional>
#include <string_view>
#include <troupe/actor/ports/envelope.hpp>
#include <troupe/actor/runtime/reply.hpp>
#include <troupe/base/error.hpp>

namespace troupe {

namespace runtime {

/// Sends an answer of the link at this place of the chain, past those before it. Takes the reply.
/// Actor thread.
void answer_from_link(std::size_t place, Envelope* request, Envelope* reply);

}  // namespace runtime

/// A message, or an answer, as middleware sees it.
class MessageView {
 public:
  /// For the link at this place of the chain.
  MessageView(runtime::Envelope& envelope, std::size_t place) noexcept
      : envelope_(&envelope), place_(place) {}

  /// The wire name of its type; "troupe::Error" for an answer that says why there is none.
  [[nodiscard]] std::string_view type_name() const noexcept { return envelope_->type->name; }

  /// The message, which may be changed, if it is an M; else null.
  template <class M>
  [[nodiscard]] M* get() const noexcept {
    if (!same_type(*envelope_->type, runtime::message_type<M>)) return nullptr;
    return &envelope_->payload_as<M>();
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
  std::size_t place_;
};

/// A step of an actor's life.
struct LifecycleEvent {
  enum class Step : std::uint8_t { started, stopped, restarting, restarted };
  Step step;
  std::optional<Error> error;  ///< Why it is restarted.
};

enum class Pass : std::uint8_t {
  on,    ///< To the next link, and at last to the handler.
  stop,  ///< No further: the message counts as handled.
};

/// One link of a chain. May be shared by actors, which then call it at the same time.
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

  /// The actor's life. Actor thread, but `started`, which comes where the actor is spawned.
  virtual void on_lifecycle(const LifecycleEvent& event) { static_cast<void>(event); }
};

}  // namespace troupe
