#include <troupe/node/node.hpp>

#include <arpa/inet.h>
#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <troupe/actor/ports/local_actors.hpp>
#include <troupe/actor/ports/shutdown_gate.hpp>
#include <troupe/base/descriptors.hpp>
#include <troupe/base/printable.hpp>
#include <troupe/cluster/port/table_link.hpp>
#include <troupe/node/former_members.hpp>
#include <troupe/node/process_name.hpp>
#include <troupe/persistence/actors/journals.hpp>
#include <troupe/persistence/mailbox/mailboxes.hpp>
#include <troupe/persistence/mailbox/queue_feeds.hpp>
#include <troupe/transport/security/zmq_keys.hpp>
#include <troupe/transport/transport.hpp>
#include <troupe/transport/zmq/zmq_carrier.hpp>

namespace troupe {
namespace {

struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};

Result<HostPort> parse_host_port(std::string_view key, const std::string& text) {
  const auto bad = [&](std::string_view what) {
    return bad_setting(std::string(key) + " is \"" + text + "\", which " + std::string(what) +
                       "; it looks like 127.0.0.1:7001 or [::1]:7001");
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return bad("has no host or no port");
  HostPort result{text.substr(0, colon), 0};
  const bool in_brackets = result.host.front() == '[' && result.host.back() == ']';
  if (result.host.find(':') != std::string::npos && !in_brackets) {
    return bad("has an IPv6 address without brackets");
  }
  if (result.host.find_first_of("/@# ") != std::string::npos) return bad("has an invalid host");
  const char* const first = text.data() + colon + 1;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(first, last, result.port);
  if (error != std::errc() || end != last) return bad("has an invalid port");
  return result;
}

bool is_every_address(const std::string& host) {
  return host == "0.0.0.0" || host == "[::]" || host == "*";
}

/// Whether only this machine can connect there: an address of 127.0.0.0/8, ::1, or "localhost".
bool is_loopback(const std::string& host) {
  constexpr unsigned char loopback_net = 127;
  if (host == "localhost") return true;
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) {
    return ntohl(v4.s_addr) >> 24U == loopback_net;
  }
  in6_addr v6{};
  const bool in_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  return in_brackets && ::inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &v6) == 1 &&
         std::ranges::equal(v6.s6_addr, in6addr_loopback.s6_addr);
}

/// The port may be missing: 0.
Result<HostPort> parse_advertise(const std::string& text) {
  const bool has_port = !text.ends_with(']') && text.find(':') != std::string::npos;
  return parse_host_port("advertise", has_port ? text : text + ":0");
}

/// What others are told: what was said, or else what was bound.
NodeAddress advertised(const NodeSettings& settings, std::uint16_t bound,
                       std::uint64_t incarnation) {
  if (settings.listen.empty()) return transport::address_without_place(settings.name, incarnation);
  if (settings.advertise.empty()) {
    return {settings.name, parse_host_port("listen", settings.listen).value().host, bound};
  }
  const HostPort said = parse_advertise(settings.advertise).value();
  return {settings.name, said.host, said.port != 0 ? said.port : bound};
}

std::uint64_t new_incarnation(Random& random) {
  while (true) {
    if (const std::uint64_t number = random.next()) return number;
  }
}

std::uint64_t wall_clock_ms() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

/// The settings of the actors, with mailboxes and journals on the node's storage.
SystemSettings with_storage(const NodeSettings& settings, std::uint64_t incarnation,
                            const std::shared_ptr<FormerMembers>& former_members) {
  SystemSettings system = settings.system;
  if (settings.storage != nullptr) {
    const auto is_down = [former_members](std::uint64_t node) { return former_members->has(node); };
    system.mailboxes = persistence::mailboxes_on(
        settings.storage,
        {.incarnation = incarnation, .wall_clock = &wall_clock_ms, .is_down = is_down});
    system.journals = persistence::journals_on(settings.storage,
                                               {.incarnation = incarnation, .is_down = is_down});
  }
  return system;
}

/// Everything about a node without a listener that can be wrong.
Result<void> check_unheard(const NodeSettings& settings) {
  if (settings.advertise.empty()) return {};
  return bad_setting("advertise is \"" + settings.advertise +
                     "\", and listen is empty, so that nobody can connect there: leave it empty "
                     "too, or say in listen where the node is to listen");
}

/// Everything about addresses that can be wrong.
Result<void> check_addresses(const NodeSettings& settings) {
  const std::string& listen = settings.listen;
  const std::string& advertise = settings.advertise;
  if (listen.empty()) return check_unheard(settings);
  const auto host_port = parse_host_port("listen", listen);
  if (!host_port.ok()) return host_port.error();
  if (is_every_address(host_port->host) && advertise.empty()) {
    return bad_setting("listen is \"" + listen +
                       "\", which is every address of the machine; say in advertise at which of "
                       "them others reach this node");
  }
  if (!advertise.empty()) {
    const auto said = parse_advertise(advertise);
    if (!said.ok()) return said.error();
    if (is_every_address(said->host)) {
      return bad_setting("advertise is \"" + advertise +
                         "\", which is every address of a machine; others need one of them");
    }
  }
  const SecuritySettings& security = settings.security;
  if (!security.is_on() && !security.trust_network && !is_loopback(host_port->host)) {
    return bad_setting(
        "listen is \"" + listen +
        "\", where other machines can connect, and the node has no keys: give it keys "
        "(security.keys), listen on 127.0.0.1, or say that everybody who can reach "
        "it may use it (security.trust_network = true)");
  }
  return {};
}

/// Everything about keys that can be wrong.
Result<void> check(const SecuritySettings& settings) {
  if (auto checked = settings.validate(); !checked.ok() || !settings.is_on()) return checked;
  return check_pair(settings.keys);
}

/// Waits for the end of a step that others take, until the deadline. As a node may be shut down
/// where get() must not wait: in a handler, or in a function given to then().
template <class R>
void await(Future<R> step, const Clock& clock, TimePoint deadline) {
  struct Latch {
    std::mutex mutex;
    std::condition_variable opened;
    bool is_open = false;
  };
  const auto latch = std::make_shared<Latch>();
  runtime::when_done<runtime::CodeOf::runtime>(std::move(step), [latch](const Result<R>& /*how*/) {
    const std::lock_guard lock(latch->mutex);
    latch->is_open = true;
    latch->opened.notify_all();
  });
  std::unique_lock lock(latch->mutex);
  const Duration left = deadline - clock.now();
  latch->opened.wait_for(lock, waitable(left), [&] { return latch->is_open; });
}

}  // namespace

Result<void> NodeSettings::validate() const {
  if (!transport::is_node_name(name)) {
    return bad_setting("name is \"" + name.substr(0, 40) +
                       "\"; it has 1 to 255 printable characters, none of them / @ or #");
  }
  if (auto checked = check_addresses(*this); !checked.ok()) return checked;
  if (auto checked = system.validate(); !checked.ok()) return checked;
  if (auto checked = transport.validate(); !checked.ok()) return checked;
  if (storage != nullptr && (system.mailboxes != nullptr || system.journals != nullptr)) {
    return bad_setting(
        "storage and system.mailboxes, or system.journals, are both set: the node makes one of the "
        "other");
  }
  if (cluster && listen.empty()) {
    return bad_setting("listen is empty, and cluster is set: the other members dial each member");
  }
  if (cluster) {
    if (auto checked = cluster->validate(); !checked.ok()) return checked;
  }
  return check(security);
}

LeaveTimes NodeSettings::leave_times() const noexcept {
  return LeaveTimes::of(system.shutdown_timeout, transport.linger,
                        cluster ? Cluster::farewell_max(*cluster) : Duration::zero());
}

struct Node::Parts {
  Parts(NodeSettings settings, Platform platform);
  ~Parts() {
    static_cast<void>(shutdown());
    former_members->set_cluster(nullptr);
  }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  [[nodiscard]] ShutdownReport shutdown();
  [[nodiscard]] runtime::LocalActors actors() const noexcept { return system.core(); }

  transport::KeyRing keys;
  const std::uint64_t incarnation;
  const std::shared_ptr<FormerMembers> former_members = std::make_shared<FormerMembers>();
  std::unique_ptr<transport::ZmqCarrier> carrier;
  std::unique_ptr<persistence::QueueFeeds> feeds;  // Null without storage.
  ActorSystem system;
  std::unique_ptr<transport::Transport> links;
  std::unique_ptr<Cluster> cluster;  // Null for no member of any.
  const Duration linger;
  const LeaveTimes times;
  runtime::ShutdownGate gate;
  std::optional<std::uint64_t> unsent;  // Once the links have ended. Of who shuts down.

 private:
  [[nodiscard]] ShutdownReport end_actors_and_links(TimePoint deadline);
};

Node::Parts::Parts(NodeSettings settings, Platform platform)
    : keys((settings.validate().value(), std::move(settings.security))),
      incarnation(new_incarnation(*platform.random)),
      carrier(transport::ZmqCarrier::listen(settings.listen, settings.transport, keys).value()),
      feeds(settings.storage == nullptr
                ? nullptr
                : std::make_unique<persistence::QueueFeeds>(settings.storage, incarnation)),
      system(settings.name, with_storage(settings, incarnation, former_members), platform),
      linger(settings.transport.linger),
      times(settings.leave_times()) {
  NodeAddress address = advertised(settings, carrier->port(), incarnation);
  const Duration busy_poll_max = settings.transport.busy_poll_max;
  if (settings.transport.process.empty()) settings.transport.process = process_name();
  if (settings.cluster) {
    settings.transport = Cluster::links(std::move(settings.transport), *settings.cluster);
  }
  links = std::make_unique<transport::Transport>(
      actors(), transport::NodeIdentity{std::move(address), incarnation},
      std::move(settings.transport), keys);
  links->open(*carrier);
  if (settings.cluster) {
    const auto open_table = [&](cluster::TableLinkSettings of_link) {
      return cluster::open_table_link(std::move(of_link), platform);
    };
    cluster = std::make_unique<Cluster>(actors(), *links, *std::move(settings.cluster), times,
                                        platform.random->next(), open_table);
  }
  carrier->start(*links, actors().clock(), busy_poll_max).value();
  actors().attach(carrier->events());
  former_members->set_cluster(cluster.get());
}

ShutdownReport Node::Parts::shutdown() {
  const TimePoint deadline = deadline_after(actors().clock(), actors().shutdown_timeout());
  return gate.pass(system.core(), deadline, [&] { return end_actors_and_links(deadline); });
}

/// Actors first, so that they can still tell others that they end, and links after them. A part of
/// the time is kept for the links. A member says before the actors end that it leaves, and before
/// the links end that it has left. May be called again: where it threw, or where another call for
/// the end of the system alone was not done in time, so that its report is still to come.
ShutdownReport Node::Parts::end_actors_and_links(TimePoint deadline) {
  const bool leaves = cluster != nullptr;
  auto left = leaves ? cluster->leave() : Future<LeaveReport>::ready(LeaveReport());
  if (leaves) await(cluster->handed_over(), actors().clock(), deadline);
  ShutdownReport report = system.shutdown_by(later(deadline, -times.after_actors));
  if (feeds != nullptr) {
    static_cast<void>(feeds->close(actors().clock(), later(deadline, -times.after_actors)));
  }
  if (leaves) {
    await(std::move(left), actors().clock(), deadline);
    report.not_handed_over = cluster->not_handed_over();
  }
  if (links != nullptr && !unsent) {
    carrier->stop(std::clamp(deadline - actors().clock().now(), Duration(0), linger));
    unsent = links->close();
  }
  report.unsent = unsent.value_or(0);
  return report;
}

Node::Node(NodeSettings settings, Platform platform)
    : parts_(std::make_unique<Parts>(std::move(settings), std::move(platform))) {}

Node::~Node() = default;

ActorSystem& Node::system() const noexcept { return parts_->system; }

const NodeAddress& Node::address() const noexcept { return parts_->links->self().address; }
std::uint64_t Node::incarnation() const noexcept { return parts_->links->self().incarnation; }

std::string Node::path_of(const AnyRef& ref) const {
  const std::string path = ref.path();
  return ref.is_remote() ? path : "troupe://" + address().to_string() + path;
}

Result<void> Node::secure(SecuritySettings settings) {
  if (auto checked = check(settings); !checked.ok()) return checked;
  auto replaced = parts_->keys.replace(std::move(settings));
  if (replaced.ok()) parts_->carrier->wake();
  return replaced;
}

Result<AnyRef> Node::try_queue_any(std::string_view name) const {
  if (parts_->feeds == nullptr) {
    return bad_setting("the queue " + printable(name) +
                       " lies on storage, and this node has none: set NodeSettings::storage");
  }
  return parts_->feeds->find(parts_->actors(), name);
}

TransportCounts Node::link_counts() const {
  TransportCounts counts = parts_->links->counts();
  const DescriptorCounts descriptors = count_descriptors();
  counts.descriptors_used = descriptors.used;
  counts.descriptors_max = descriptors.max;
  return counts;
}
std::vector<LinkCounts> Node::links() const { return parts_->links->links(); }
void Node::declare_down(const NodeAddress& address) { parts_->links->declare_down(address); }
void Node::declare_down(const NodeAddress& address, std::uint64_t incarnation) {
  parts_->links->declare_down(address, incarnation);
}

Cluster& Node::cluster() const {
  if (parts_->cluster == nullptr) {
    throw Failure(
        bad_setting("the node " + name() +
                    " is in no cluster: set NodeSettings::cluster for one that is to be"));
  }
  return *parts_->cluster;
}

bool Node::has_cluster() const noexcept { return parts_->cluster != nullptr; }

ShutdownReport Node::shutdown() { return parts_->shutdown(); }

}  // namespace troupe
