#include <troupe/program/setting_table.hpp>

#include <algorithm>

namespace troupe::program {
namespace {

// The places, by the struct that a member is of.

template <auto member>
SettingPlace own(Configuration& all) {
  return &(all.*member);
}
template <auto member>
SettingPlace node(Configuration& all) {
  return &(all.node.*member);
}
template <auto member>
SettingPlace system(Configuration& all) {
  return &(all.node.system.*member);
}
template <auto member>
SettingPlace links(Configuration& all) {
  return &(all.node.transport.*member);
}
template <auto member>
SettingPlace silence(Configuration& all) {
  return &(all.node.transport.silence.*member);
}
template <auto member>
SettingPlace cluster(Configuration& all) {
  return &(all.cluster.*member);
}
template <auto member>
SettingPlace detection(Configuration& all) {
  return &(all.cluster.detection.*member);
}
SettingPlace quorum(Configuration& all) { return &all.cluster.split_brain.quorum; }
template <auto member>
SettingPlace security(Configuration& all) {
  return &(all.node.security.*member);
}

constexpr bool size_in_bytes = true;
constexpr bool no_size = false;

constexpr Setting all_settings[] = {
    {"name", no_size, "1 to 255 printable characters, none of them / @ #",
     "The node's name, as it stands before the @ of its address", &node<&NodeSettings::name>},
    {"listen", no_size, "host:port, or empty",
     "Where others connect; port 0 is any that is free; empty: nobody can connect",
     &node<&NodeSettings::listen>},
    {"advertise", no_size, "host:port, host, or empty",
     "Where others are told to connect, if that is not where it listens",
     &node<&NodeSettings::advertise>},
    {"log.level", no_size, "debug, info, warn, error or off",
     "The least serious lines that are logged, on standard error", &own<&Configuration::log_level>},
    {"system.workers", no_size, "0 to 1024",
     "Threads that run actors; 0: as many as there are cores", &system<&SystemSettings::workers>},
    {"system.blocking_threads_max", no_size, "1 to 4096", "Threads for actors that block",
     &system<&SystemSettings::blocking_threads_max>},
    {"system.continuation_threads_max", no_size, "1 to 4096",
     "Threads for functions given to then() that nobody else may run",
     &system<&SystemSettings::continuation_threads_max>},
    {"system.dead_letters_max", no_size, "", "Dead letters that are kept; all are counted",
     &system<&SystemSettings::dead_letters_max>},
    {"system.dead_letter_logs_per_second_max", no_size, "",
     "Dead letters that are logged in one second",
     &system<&SystemSettings::dead_letter_logs_per_second_max>},
    {"system.failure_logs_per_second_max", no_size, "",
     "Failures of actors that are logged in one second",
     &system<&SystemSettings::failure_logs_per_second_max>},
    {"system.slow_handler", no_size, "positive", "A handler that runs longer is named in a warning",
     &system<&SystemSettings::slow_handler>},
    {"system.shutdown_timeout", no_size, "positive", "The time that a shutdown may take",
     &system<&SystemSettings::shutdown_timeout>},
    {"system.stash_max", no_size, "", "Messages that one actor may stash",
     &system<&SystemSettings::stash_max>},
    {"transport.cluster", no_size, "1 to 255 bytes",
     "Nodes of different clusters refuse each other", &links<&TransportSettings::cluster>},
    {"transport.process", no_size, "at most 255 bytes",
     "What people are to call this process; empty: host, process id and start",
     &links<&TransportSettings::process>},
    {"transport.frame_bytes_max", size_in_bytes, "1KiB to 1GiB", "The longest message, about",
     &links<&TransportSettings::frame_bytes_max>},
    {"transport.large_message_bytes", size_in_bytes, "1KiB to 1GiB",
     "A longer message takes a connection of its own",
     &links<&TransportSettings::large_message_bytes>},
    {"transport.held_bytes_max", size_in_bytes, "positive",
     "Of large messages that one peer may have under way to this node",
     &links<&TransportSettings::held_bytes_max>},
    {"transport.outbox_bytes_max", size_in_bytes, "positive",
     "What may wait to be sent to one peer", &links<&TransportSettings::outbox_bytes_max>},
    {"transport.outbox_messages_max", no_size, "positive",
     "Messages that may wait to be sent to one peer",
     &links<&TransportSettings::outbox_messages_max>},
    {"transport.send_waits_at_bytes", size_in_bytes, "1B to transport.outbox_bytes_max",
     "Senders that can wait do so while so much waits on the link",
     &links<&TransportSettings::send_waits_at_bytes>},
    {"transport.unhandled_bytes_max", size_in_bytes, "positive",
     "Of one peer's messages that may wait at one actor here",
     &links<&TransportSettings::unhandled_bytes_max>},
    {"transport.unhandled_messages_max", no_size, "positive",
     "Messages of one peer that may wait at one actor here",
     &links<&TransportSettings::unhandled_messages_max>},
    {"transport.system_messages_max", no_size, "positive",
     "System messages to one peer that may be on their way",
     &links<&TransportSettings::system_messages_max>},
    {"transport.system_waiting_max", no_size, "from transport.system_messages_max on",
     "System messages that may wait here for one peer",
     &links<&TransportSettings::system_waiting_max>},
    {"transport.system_waiting_bytes_max", size_in_bytes, "positive",
     "Bytes of these; past it a peer is asked for nothing new, and one that is no member is down",
     &links<&TransportSettings::system_waiting_bytes_max>},
    {"transport.system_delivery_max", no_size, "positive",
     "A peer that acknowledges no system message for so long is declared down",
     &links<&TransportSettings::system_delivery_max>},
    {"transport.system_resend_after", no_size, "positive",
     "System messages are sent again after so long",
     &links<&TransportSettings::system_resend_after>},
    {"transport.pending_asks_max", no_size, "positive",
     "Asks of other nodes' actors that may be under way",
     &links<&TransportSettings::pending_asks_max>},
    {"transport.paths_max", no_size, "positive", "Remote paths that refs may name at one time",
     &links<&TransportSettings::paths_max>},
    {"transport.paths_kept", no_size, "", "Of these, those that are held for good",
     &links<&TransportSettings::paths_kept>},
    {"transport.peers_max", no_size, "positive",
     "Lives of other nodes that may be known at one time", &links<&TransportSettings::peers_max>},
    {"transport.idle_after", no_size, "at least 1s, or infinite",
     "A link to a member that nobody uses is hung up, and dialled again when it is needed",
     &links<&TransportSettings::idle_after>},
    {"transport.forget_after", no_size, "at least 1s",
     "A life of another node that nobody needs is forgotten after so long",
     &links<&TransportSettings::forget_after>},
    {"transport.aliases_max", no_size, "", "Other addresses of nodes that are known by another one",
     &links<&TransportSettings::aliases_max>},
    {"transport.ended_lives_max", no_size, "at least 1",
     "Lives of other nodes that are remembered to be over",
     &links<&TransportSettings::ended_lives_max>},
    {"transport.announced_types_max", no_size, "at most 8192",
     "Types of messages that are told when nodes connect",
     &links<&TransportSettings::announced_types_max>},
    {"transport.learned_types_max", no_size, "",
     "Types of a peer that are remembered though unknown here",
     &links<&TransportSettings::learned_types_max>},
    {"transport.learned_types_bytes_max", size_in_bytes, "", "Bytes of their descriptions",
     &links<&TransportSettings::learned_types_bytes_max>},
    {"transport.handshake_timeout", no_size, "positive",
     "A peer that does not answer a connection within it is unreachable",
     &links<&TransportSettings::handshake_timeout>},
    {"transport.dials_at_once_max", no_size, "positive", "Addresses that are tried at a time",
     &links<&TransportSettings::dials_at_once_max>},
    {"transport.redial_pause", no_size, "positive",
     "Pause before an unreachable peer is dialled again, doubled each time",
     &links<&TransportSettings::redial_pause>},
    {"transport.redial_pause_max", no_size, "positive", "The longest such pause",
     &links<&TransportSettings::redial_pause_max>},
    {"transport.return_pause", no_size, "positive, or infinite",
     "Pause before a peer that is reached on its own connections is dialled again",
     &links<&TransportSettings::return_pause>},
    {"transport.return_pause_max", no_size, "positive, or infinite", "The longest such pause",
     &links<&TransportSettings::return_pause_max>},
    {"transport.hello_timeout", no_size, "100ms to 1min",
     "A connection that has said no valid hello within it is ended",
     &links<&TransportSettings::hello_timeout>},
    {"transport.unproven_connections_max", no_size, "positive",
     "Connections that may be open without a valid hello",
     &links<&TransportSettings::unproven_connections_max>},
    {"transport.dead_connection_after", no_size, "3s to 1h",
     "A connection whose other end acknowledges nothing for so long is ended",
     &links<&TransportSettings::dead_connection_after>},
    {"transport.raise_descriptor_limit", no_size, "",
     "Raises the soft limit of file descriptors to the hard one",
     &links<&TransportSettings::raise_descriptor_limit>},
    {"transport.heartbeat_interval", no_size, "positive", "Pause between heartbeats to a peer",
     &links<&TransportSettings::heartbeat_interval>},
    {"transport.lane_stall_max", no_size, "positive, or infinite",
     "One connection of a live peer that stands still for so long is dead",
     &links<&TransportSettings::lane_stall_max>},
    {"transport.lane_bytes_per_second_min", size_in_bytes, "positive",
     "The slowest connection that is alive, in a second",
     &links<&TransportSettings::lane_bytes_per_second_min>},
    {"transport.down_after", no_size, "positive, or infinite",
     "A peer that has been unreachable for so long is declared down",
     &links<&TransportSettings::down_after>},
    {"transport.down_is_final", no_size, "",
     "A peer that this node has given up never comes back in the same life",
     &links<&TransportSettings::down_is_final>},
    {"transport.busy_poll_max", no_size, "not negative",
     "The links' thread looks for more work for so long before it sleeps",
     &links<&TransportSettings::busy_poll_max>},
    {"transport.linger", no_size, "not negative",
     "What waits to be sent when the node stops is still sent for so long",
     &links<&TransportSettings::linger>},
    {"transport.silence.threshold", no_size, "1 to 16", "A silence past this phi is suspicious",
     &silence<&transport::FailureDetectorSettings::threshold>},
    {"transport.silence.samples_max", no_size, "positive",
     "Pauses between heartbeats that the estimate looks back on",
     &silence<&transport::FailureDetectorSettings::samples_max>},
    {"transport.silence.deviation_min", no_size, "positive",
     "The deviation of heartbeats counts as at least this",
     &silence<&transport::FailureDetectorSettings::deviation_min>},
    {"transport.silence.acceptable_pause", no_size, "not negative",
     "A pause of a peer that is nobody's fault",
     &silence<&transport::FailureDetectorSettings::acceptable_pause>},
    {"cluster.seeds", no_size, "1 to 100 of name@host:port",
     "Nodes that are asked for a cluster, the same on all; none, and no Redis: in no cluster",
     &cluster<&ClusterSettings::seeds>},
    {"cluster.redis", no_size, "redis://host:port, unix:///path or sentinel://one,two/name",
     "The Redis that holds the table of the members, instead of seeds",
     &cluster<&ClusterSettings::redis_url>},
    {"cluster.redis_replicas", no_size, "0 to 100",
     "Replicas of the Redis that are to have what it says; 0: none is waited for",
     &cluster<&ClusterSettings::redis_replicas>},
    {"cluster.roles", no_size, "at most 100", "What this node is for",
     &cluster<&ClusterSettings::roles>},
    {"cluster.labels", no_size, "at most 100 of key=value", "What others may want to know of it",
     &own<&Configuration::labels>},
    {"cluster.split_brain", no_size, "keep_majority, static_quorum or keep_oldest",
     "Which side of a cut goes on; the same on all nodes", &own<&Configuration::split_brain>},
    {"cluster.quorum", no_size, "positive for static_quorum", "Members that a side needs", &quorum},
    {"cluster.times", no_size, "standard, or local for nodes on one machine",
     "Of the times below, those that are not set", &own<&Configuration::times>},
    {"cluster.form_after", no_size, "0 to 1h",
     "How long a seed waits for the others before it may form a cluster",
     &cluster<&ClusterSettings::form_after>},
    {"cluster.settle_after", no_size, "cluster.seed_look_every to 1h",
     "How long a new cluster owns nothing", &cluster<&ClusterSettings::settle_after>},
    {"cluster.seed_look_every", no_size, "positive, at most 1h",
     "Pause between two looks at a seed that is no member",
     &cluster<&ClusterSettings::seed_look_every>},
    {"cluster.services_max", no_size, "1 to 100000",
     "Services that this node may have enrolled at one time",
     &cluster<&ClusterSettings::services_max>},
    {"cluster.detection.heartbeat", no_size, "positive, at most 1h",
     "Pause between two pings of a watcher", &detection<&DetectionSettings::heartbeat>},
    {"cluster.detection.acceptable_pause", no_size, "positive, at most 1h",
     "A silence that is nobody's fault", &detection<&DetectionSettings::acceptable_pause>},
    {"cluster.detection.deviation_min", no_size, "positive, at most 1h",
     "The deviation of pings counts as at least this",
     &detection<&DetectionSettings::deviation_min>},
    {"cluster.detection.indirect_probe", no_size, "positive, at most 1h",
     "How long other watchers have to reach a silent member",
     &detection<&DetectionSettings::indirect_probe>},
    {"cluster.detection.suspicion_min", no_size, "positive, at most 1h",
     "How long a member has to refute what all confirm",
     &detection<&DetectionSettings::suspicion_min>},
    {"cluster.detection.stable_after", no_size, "positive, at most 1h",
     "How long the unreachable are the same before it is decided",
     &detection<&DetectionSettings::stable_after>},
    {"security.keys_file", no_size, "",
     "This node's keys, as troupe keygen makes them; empty: none", &own<&Configuration::keys_file>},
    {"security.trusted_file", no_size, "",
     "The keys of the nodes that it talks to, a line for each", &own<&Configuration::trusted_file>},
    {"security.trust_network", no_size, "",
     "Without keys: whoever can connect may send to its actors",
     &security<&SecuritySettings::trust_network>},
    {"security.refusal_log_interval", no_size, "positive",
     "Whoever is refused is logged once in this time",
     &security<&SecuritySettings::refusal_log_interval>},
};

}  // namespace

std::span<const Setting> settings() noexcept { return all_settings; }

const Setting* find_setting(std::string_view key) noexcept {
  const auto* const found = std::ranges::find(all_settings, key, &Setting::key);
  return found != std::end(all_settings) ? found : nullptr;
}

std::vector<std::string> setting_keys() {
  std::vector<std::string> keys;
  for (const Setting& setting : all_settings) keys.emplace_back(setting.key);
  return keys;
}

}  // namespace troupe::program
