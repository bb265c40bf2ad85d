// The messages of membership, and their bytes: what one core tells another. Pure.
//
//   bytes = [version, kind, cluster, from, to, body]: a msgpack array; from is an identity, to an
//   incarnation (0 for whoever lives at the address), body an array of the message's fields.
//
// Fields may be appended to a body; a kind that is not known is skipped by who reads it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <troupe/base/result.hpp>
#include <troupe/cluster/member_table.hpp>
#include <troupe/cluster/service_entry.hpp>
#include <troupe/wire/codec.hpp>
#include <troupe/wire/writer.hpp>
#include <variant>
#include <vector>

namespace troupe::cluster {

inline constexpr std::uint8_t message_version = 1;

/// News that travel with a beat, and a page of a full exchange.
inline constexpr std::size_t beat_news_bytes_max = 1'200;
inline constexpr std::size_t page_bytes_max = 32 * 1'024;

/// What every message between neighbours carries. `news` are all changes of the sender's table
/// after its version `since`, up to its version `until`; `echo` is the version up to which the
/// sender has seen the receiver's.
struct Gossip {
  std::uint64_t view_digest = 0;
  std::uint64_t table_digest = 0;
  std::uint64_t since = 0;
  std::uint64_t until = 0;
  std::uint64_t echo = 0;
  std::uint8_t health = 0;
  bool settled = false;
  News news;
  std::uint64_t services = 0;  ///< ServiceRegistry::digest() of the sender.
};

struct Ping {
  std::uint64_t number = 0;
  Gossip gossip;
};
struct Pong {
  std::uint64_t number = 0;
  Gossip gossip;
};
struct Tell {
  Gossip gossip;
};

struct ProbeRequest {
  std::uint64_t number = 0;
  Identity subject;
};
enum class ProbeOutcome : std::uint8_t { reached, failed, unhealthy };
struct ProbeResult {
  std::uint64_t number = 0;
  ProbeOutcome outcome = ProbeOutcome::failed;
};

/// Asks for what differs; answered by a page, which says what to skip next, 0 at the end.
struct SyncBegin {
  std::vector<std::uint64_t> bucket_digests;
  std::uint64_t skip = 0;
};
struct SyncPage {
  News news;
  std::uint64_t skip = 0;
};

/// What a node is to one that looks for a cluster, or for another part of its own.
struct Standing {
  bool is_member = false;
  std::uint64_t cluster = 0;
  std::uint32_t size = 0;
  bool settled = false;
};
struct Look {
  Standing mine;
};
struct LookAnswer {
  Standing mine;
};

struct Join {
  MemberRecord record;
};
struct Admit {
  bool settled = false;
  News page;
};
struct Busy {
  Duration retry_after{};
};
enum class Refusal : std::uint8_t { removed, quorum_full, other_authority };
struct Refuse {
  Refusal code = Refusal::removed;
  std::string reason;
};

/// Asks for the promise to let nobody else form a cluster for a while; `release` gives it back.
struct Ballot {
  std::uint64_t number = 0;
  bool release = false;
};
struct Promise {
  std::uint64_t number = 0;
};

/// Asks a watcher of `of` whether that has echoed all that the watcher knows, for one that does not
/// hear `of` itself. Answered where it has: the sender's view, which `of` knows, has this digest.
struct EchoRequest {
  Identity of;
};
struct EchoResult {
  Identity of;
  std::uint64_t view_digest = 0;
};

/// One voice that says that the receiver's life is over.
struct ToldDown {};

/// The sender has found a cluster that its own has to give way to.
struct Dissolve {
  Standing other;
};

/// How far the sender knows each list of services whose owner is from `first` to `last`: of those
/// that are not named it knows nothing. Asks for what it lacks; unless it is an answer itself,
/// it is also told what the receiver lacks.
struct ServiceVersions {
  std::uint64_t first = 0;
  std::uint64_t last = UINT64_MAX;
  bool is_answer = false;
  std::vector<OwnerVersion> versions;
};

/// Changes of lists. Where that was not all for who has asked for owners from `first` to `last`, it
/// is to ask again.
struct ServiceNews {
  std::uint64_t first = 0;
  std::uint64_t last = UINT64_MAX;
  bool has_more = false;
  std::vector<ServiceList> lists;
};

using Message = std::variant<Ping, Pong, Tell, ProbeRequest, ProbeResult, SyncBegin, SyncPage, Look,
                             LookAnswer, Join, Admit, Busy, Refuse, Ballot, Promise, ToldDown,
                             Dissolve, ServiceVersions, ServiceNews, EchoRequest, EchoResult>;

struct Envelope {
  std::uint64_t cluster = 0;  ///< 0 as long as the sender is in none.
  Identity from;
  Identity to;  ///< On the wire its incarnation alone.
  Message message;
};

/// Appends the envelope's bytes. Any thread.
void encode(wire::Writer& writer, const Envelope& envelope);

/// What the bytes stand for; nothing for a kind, or an enumerator, that a later version has added.
/// Errors: `malformed`. Any thread.
[[nodiscard]] Result<std::optional<Envelope>> decode_envelope(std::span<const std::byte> bytes);

}  // namespace troupe::cluster
