#include <troupe/actor/ports/queued_mailbox.hpp>

namespace troupe::runtime {

// Only who gives out tickets hears of them.
void QueuedMailbox::settle(const Ticket& /*ticket*/, Settled /*outcome*/,
                           const Error* /*error*/) noexcept {}
void QueuedMailbox::share(const Ticket& /*ticket*/) noexcept {}
void QueuedMailbox::take_back(Envelope& /*envelope*/) noexcept {}
void QueuedMailbox::put_aside(const Ticket& /*ticket*/, bool /*is_stashed*/) noexcept {}

void GiveBack::operator()(QueuedMailbox* mailbox) const noexcept {
  static_cast<void>(mailbox->close());
  mailbox->give_back();
}

}  // namespace troupe::runtime
