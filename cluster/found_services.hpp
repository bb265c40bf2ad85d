// FoundServices: what is enrolled under a key at one moment, as a node finds it for somebody who
// wants to send certain messages; and how a subscriber is shown that. Users see a Listing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <troupe/actor/ports/envelope.hpp>
#include <troupe/actor/ref.hpp>
#include <troupe/transport/node_identity.hpp>
#include <vector>

namespace troupe::cluster {

class ListingSlot;

/// A type of messages that a protocol has.
struct AcceptedMessage {
  std::uint64_t key = 0;
  std::string_view name;
};
using AcceptedMessages = std::span<const AcceptedMessage>;

template <class Protocol>
inline constexpr int accepted_messages = 0;
/// Those of a protocol, as it is written.
template <class... Ms>
inline constexpr std::array<AcceptedMessage, sizeof...(Ms)> accepted_messages<Accepts<Ms...>> = {
    AcceptedMessage{runtime::message_type<Ms>.key, runtime::message_type<Ms>.name}...};

struct FoundService {
  AnyRef ref;
  transport::NodeIdentity node;
  bool is_unreachable = false;
};

struct FoundServices {
  std::string key;
  std::uint64_t version = 0;
  std::vector<FoundService> services;
  std::size_t misfits = 0;
};

/// A listing of one protocol, and how one is sent.
struct ListingForm {
  std::uint64_t type = 0;  ///< Of the listing.
  AcceptedMessages wanted;
  runtime::Envelope* (*notice)(runtime::ActorId to, std::shared_ptr<ListingSlot> slot) = nullptr;
};

}  // namespace troupe::cluster
