#include <troupe/program/shell_commands.hpp>

#include <errno.h>
#include <algorithm>
#include <iostream>
#include <troupe/base/printable.hpp>
#include <troupe/program/client.hpp>
#include <troupe/program/json_text_of.hpp>
#include <troupe/program/quantity.hpp>

namespace troupe::program {
namespace {

int fail(const Complaint& complaint) { return program::fail(complaint.code, complaint.reason); }

std::string with_commas(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

/// What is said of a member behind its rank.
std::string notes_on(const MemberStatus& member) {
  std::string text;
  if (member.is_unreachable) text += "unreachable ";
  if (member.is_leader) text += "leader ";
  for (const std::string& role : member.roles) text += role + " ";
  for (const auto& [key, value] : member.labels) text += key + "=" + value + " ";
  if (!text.empty()) text.pop_back();
  return printable(text);
}

std::string as_text(const NodeStatus& status) {
  const std::pair<const char*, std::string> rows[] = {
      {"up for", text_of(std::chrono::floor<std::chrono::seconds>(status.uptime))},
      {"messages handled", with_commas(status.messages_handled)},
      {"dead letters", with_commas(status.dead_letters)},
      {"other nodes known", with_commas(status.peers)},
      {"messages to them in flight", with_commas(status.messages_in_flight)},
      {"messages to them dropped", with_commas(status.messages_dropped)},
      {"bytes sent", with_commas(status.bytes_sent)},
      {"bytes received", with_commas(status.bytes_received)},
      {"file descriptors",
       with_commas(status.descriptors_used) + " of " + with_commas(status.descriptors_max)}};
  std::string text =
      status.address +
      (status.is_ready ? " is ready" : " lives and is not ready: " + status.not_ready_reason);
  for (const auto& [name, value] : rows) {
    text +=
        "\n  " + std::string(name) + std::string(28 - std::string_view(name).size(), ' ') + value;
  }
  return text;
}

/// The node that a node with these settings would be, for its own health check.
Result<NodeAddress> own_address(const NodeSettings& settings) {
  std::string said = settings.advertise.empty() ? settings.listen : settings.advertise;
  const bool has_port = !said.ends_with(']') && said.find(':') != said.npos;
  const std::size_t colon = settings.listen.rfind(':');
  if (!has_port && colon != settings.listen.npos) said += settings.listen.substr(colon);
  auto address = NodeAddress::parse(settings.name + "@" + said);
  if (address.ok() && address->port != 0) return address;
  return bad_setting(
      "which node? Say its address, as in `status bank@127.0.0.1:7001`: the "
      "settings have no port to ask at (listen is \"" +
      settings.listen + "\")");
}

int run_cluster_command(Client& client, const CommandLine& line, const NodeSettings& settings) {
  const bool is_down = line.command == Command::down;
  const auto node = asked_node(is_down ? line.node : line.target, settings);
  if (!node.ok()) return fail(misused, node.error().context());
  if (line.command == Command::members) {
    const auto members = client.members(*node);
    if (!members.value) return fail(members.complaint);
    std::cout << (line.as_json ? json_text_of(*members.value) : as_text(*members.value))
              << std::endl;
    return done;
  }
  if (is_down) {
    const auto member = NodeAddress::parse(line.target);
    if (!member.ok()) return fail(misused, member.error().context());
    const auto told = client.down(*node, member->to_string());
    return told.value ? done : fail(told.complaint);
  }
  const auto left = client.leave(*node);
  return left.value ? done : fail(left.complaint);
}

int run_status(Client& client, const CommandLine& line, const NodeSettings& settings) {
  const auto node = asked_node(line.target, settings);
  if (!node.ok()) return fail(misused, node.error().context());
  const auto status = client.status(*node);
  if (!status.value) return fail(status.complaint);
  std::cout << (line.as_json ? json_text_of(*status.value) : as_text(*status.value)) << std::endl;
  return status.value->is_ready ? done : failed;
}

Result<ActorPath> path_of(const std::string& target) {
  auto path = ActorPath::parse(target);
  if (!path.ok() || !path->node.name.empty()) return path;
  return Error(ErrorCode::invalid_path,
               "the path \"" + target +
                   "\" names no node; it looks like troupe://bank@127.0.0.1:7001/user/account",
               Execution::not_executed);
}

}  // namespace

Result<NodeAddress> asked_node(const std::string& said, const NodeSettings& settings) {
  return said.empty() ? own_address(settings) : NodeAddress::parse(said);
}

std::string as_text(const ClusterStatus& cluster) {
  std::size_t width = 0;
  for (const MemberStatus& member : cluster.members) {
    width = std::max(width, member.address.size() + 2);
  }
  std::string text;
  for (const MemberStatus& member : cluster.members) {
    text += padded(member.address, width) + padded(member.rank, 10) + notes_on(member);
    text.erase(text.find_last_not_of(' ') + 1);
    text += "\n";
  }
  text += "view " + std::to_string(cluster.version);
  if (!cluster.is_settled) return text + ", not settled: nobody owns anything yet";
  return text + (cluster.may_own ? "" : ", of a node that may own nothing at present");
}

void complain(const std::string& reason) {
  std::cerr << program_invocation_short_name << ": " << reason << "\n";
}

int fail(int code, const std::string& reason) {
  complain(reason);
  return code;
}

int run_shell_command(const CommandLine& line, const Effective& effective) {
  const auto timeout = parse_duration(line.timeout);
  if (!timeout.ok()) return fail(misused, "--timeout: " + timeout.error().context());
  if (*timeout < Duration::zero()) return fail(misused, "--timeout is less than nothing");
  if (line.command == Command::status) {
    Client client(effective, *timeout);
    return run_status(client, line, effective.configuration.node);
  }
  if (line.command == Command::members || line.command == Command::leave ||
      line.command == Command::down) {
    Client client(effective, *timeout);
    return run_cluster_command(client, line, effective.configuration.node);
  }
  const auto path = path_of(line.target);
  if (!path.ok()) return fail(misused, path.error().context());
  Client client(effective, *timeout);
  if (line.command == Command::tell) {
    const auto told = client.tell(*path, line.json, line.type);
    return told.value ? done : fail(told.complaint);
  }
  const auto answer = client.ask(*path, line.json, line.type);
  if (!answer.value) return fail(answer.complaint);
  std::cout << *answer.value << std::endl;
  return done;
}

}  // namespace troupe::program
