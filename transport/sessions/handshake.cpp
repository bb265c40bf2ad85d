#include <troupe/transport/sessions/handshake.hpp>

#include <troupe/base/printable.hpp>
#include <troupe/transport/identity/name_clash.hpp>
#include <utility>

namespace troupe::transport {
namespace {

using EndCause = EndedLives::Cause;

constexpr std::string_view common_version_advice =
    ": run releases on both that have a version in common";

}  // namespace

Result<ValidHello> Handshake::on_hello(
    const Hello& hello, std::string_view key,
    const std::function<bool(const NodeIdentity&)>& is_leaving) const {
  if (!highest_common(hello.versions, protocol_versions)) {
    return Error(ErrorCode::refused, "this node speaks " + to_string(protocol_versions) +
                                         " of the protocol, the one that dialled " +
                                         to_string(hello.versions) +
                                         std::string(common_version_advice));
  }
  if (hello.cluster != settings_.cluster) {
    return Error(ErrorCode::refused, "this node belongs to the cluster \"" + settings_.cluster +
                                         "\", not to \"" + printable(hello.cluster) +
                                         "\": give both the same name");
  }
  auto address = NodeAddress::parse(hello.address);
  if (!address.ok()) {
    return Error(ErrorCode::refused,
                 "the node's address is invalid: " + printable(address.error().context()));
  }
  if (!keys_.may_speak_for(address->name, key)) {
    return Error(ErrorCode::refused, "its key is not one of the node " + address->name +
                                         "'s: each node connects with a key of its own");
  }
  NodeIdentity life{*std::move(address), hello.incarnation};
  if (!is_leaving(life) && ended_.contains(life)) return over(life.to_string());
  if (has_own_name(life)) {
    return Error(ErrorCode::name_taken, "this node has the same name and address, " +
                                            std::string(shown_process(settings_.process)) +
                                            std::string(name_clash_advice));
  }
  if (hello.epoch > last_epoch) {
    return Error(ErrorCode::malformed, "it says an epoch that no two nodes come to");
  }
  const std::uint64_t epoch = hello.epoch != 0 ? hello.epoch : epochs_.epoch(life.address);
  const auto name = std::string_view(self_.address.name).substr(0, wanted_bytes_max);
  const bool is_wanted = hello.wanted.empty() || hello.wanted == name;
  return ValidHello{std::move(life), epoch, is_wanted && hello.session != 0};
}

WelcomeAction Handshake::on_welcome(const Welcome& welcome, const NodeAddress& there,
                                    AssociationState state, std::uint64_t session) const {
  using Kind = WelcomeAction::Kind;
  // What stands before it in its frame may have ended the link, which may be forgotten then.
  if (state == AssociationState::idle || state == AssociationState::quarantined ||
      state == AssociationState::closed) {
    return {Kind::pass_over_late};
  }
  // On a connection of the peer's, an earlier session's may come late.
  if (welcome.session != 0 && welcome.session != session) return {Kind::pass_over};
  auto address = NodeAddress::parse(welcome.address);
  if (!address.ok() || address->name != there.name) {
    return {Kind::fail_dial,
            "the node there is " + printable(welcome.address) + ", not " + there.name};
  }
  const auto version = highest_common(welcome.versions, protocol_versions);
  if (!version) {
    return {Kind::lose, "it speaks " + to_string(welcome.versions) +
                            " of the protocol, this node " + to_string(protocol_versions) +
                            std::string(common_version_advice)};
  }
  if (*address != there) return {Kind::find_alias, {}, *std::move(address), *version};
  if (const NodeIdentity life{*address, welcome.incarnation}; ended_.contains(life)) {
    return {Kind::lose, why_over(life.to_string())};
  }
  return {Kind::meet, {}, *std::move(address), *version};
}

Error Handshake::over(const std::string& life) const {
  const std::string us = self_.address.to_string();
  const auto cause = ended_.find(life);
  if (cause == EndCause::refuses_us) {
    return {ErrorCode::node_down, us + ", which refuses, was declared down by your node, " + life +
                                      ", or is over for it: restart " + us + ", and not your node"};
  }
  if (!cause) {
    return {ErrorCode::node_unreachable,
            us + " had given your node, " + life +
                ", up, and begins anew with it: what the two held of each other before has ended, "
                "and paths lead there again"};
  }
  std::string why = "the life of your node, " + life + ", is over for " + us;
  if (cause == EndCause::declared_down || cause == EndCause::lost) {
    why = us + " has declared your node, " + life + ", down";
  } else if (cause == EndCause::followed) {
    why = us + " has met another incarnation of your node since " + life;
  } else if (cause == EndCause::left) {
    why = "your node, " + life + ", has told " + us + " that it leaves";
  } else if (cause == EndCause::silent) {
    why = us + " has heard nothing of your node, " + life + ", for longer than its forget_after";
  }
  return {ErrorCode::node_down,
          why + ": restart your node, so that it comes back as another incarnation"};
}

std::string Handshake::why_over(const std::string& life) const {
  switch (ended_.find(life).value_or(EndCause::declared_down)) {
    case EndCause::declared_down:
    case EndCause::lost: return "this node has declared it down: restart that node";
    case EndCause::refuses_us:
      return "it has declared this node down, or holds it for over, and this node takes nothing "
             "from it: restart this node, and not that one";
    case EndCause::followed:
      return "another incarnation of it was met since: end this one, or restart it";
    case EndCause::left: return "it has told this node that it leaves: restart that node";
    case EndCause::silent:
      return "nothing was heard of it for longer than forget_after: restart that node";
  }
  return {};
}

}  // namespace troupe::transport
