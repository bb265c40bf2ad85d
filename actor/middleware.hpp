// Middleware: code around every message of an actor, for logs, measurements, checks, translations.
//
// The chain is given where the actor is made: with(middleware(log, uppercase)). Messages pass it
// from the first to the last, answers from the last to the first. An actor without middleware pays
// nothing.
#pragma once

#include <optional>
#include <string_view>
#include <troupe/actor/runtime/envelope.hpp>
#include <troupe/actor/runtime/reply_sink.hpp>
#include <troupe/base/error.hpp>

namespace troupe {

/// A message, or an answer, as middleware sees it.
class MessageView {
 public:
  explicit MessageView(runtime::Envelope& envelope) noexcept : envelope_(&envelope) {}

  /// The wire name of its type; "troupe::Error" for an answer that says why there is none.
  [[nodiscard]] std::string_view type_name() const noexcept { return envelope_->type->name; }

  /// The message, which may be changed, if it is an M; else null.
  template <class M>
  [[nodiscard]] M* get() const noexcept {
    if (envelope_->type != &runtime::message_type<M>) return nullptr;
    return &envelope_->payload_as<M>();
  }

  [[nodiscard]] bool is_request() const noexcept { return envelope_->awaits_answer(); }

  /// Answers a request in the actor's place; return Pass::stop then. R must be the request's Reply.
  template <class R>
  void answer(R value) const {
    runtime::answer(envelope_, std::move(value));
  }

 private:
  runtime::Envelope* envelope_;
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

  /// An answer of a handler's on its way out. Actor thread.
  virtual void on_reply(MessageView reply) { static_cast<void>(reply); }

  /// The actor's life. Actor thread, but `started`, which comes where the actor is spawned.
  virtual void on_lifecycle(const LifecycleEvent& event) { static_cast<void>(event); }
};

}  // namespace troupe
