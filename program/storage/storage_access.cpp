#include <troupe/program/storage/storage_access.hpp>

#include <filesystem>
#include <system_error>
#include <troupe/base/printable.hpp>
#include <troupe/program/shell_commands.hpp>

namespace troupe::program {
namespace {

Outcome<StorageAccess> through(const NodeAddress& node, const Effective& effective,
                               Duration timeout) {
  return {StorageAccess(std::make_unique<Client>(effective, timeout), node), {}};
}

Outcome<StorageAccess> no_access(ExitCode code, std::string reason) {
  return {std::nullopt, {code, std::move(reason)}};
}

}  // namespace

std::string StorageAccess::said(const std::string& problem) {
  return printable(problem, std::string::npos);
}

Outcome<StorageAccess> find_storage(const Effective& effective, const StoragePlace& place) {
  const NodeSettings& settings = effective.configuration.node;
  if (!place.node.empty()) {
    const auto node = NodeAddress::parse(place.node);
    if (!node.ok()) return no_access(misused, node.error().context());
    return through(*node, effective, place.timeout);
  }
  StorageChoice choice = effective.configuration.storage;
  const auto own = asked_node("", settings);
  if (choice.is_none()) {
    if (own.ok()) return through(*own, effective, place.timeout);
    return no_access(misused,
                     "which storage? Say --sqlite FILE or --redis URL, or --node name@host:port "
                     "for that of a node that runs");
  }
  const bool is_file = !choice.sqlite.empty();
  std::error_code failure;
  if (is_file && !std::filesystem::exists(choice.sqlite, failure)) {
    return no_access(failed, choice.sqlite + ": there is no such file");
  }
  const bool is_taken = is_file && is_in_use(choice.sqlite);
  if (is_taken && !place.is_said && own.ok()) return through(*own, effective, place.timeout);
  choice.redis_volatile_ok = true;  // Nothing new is entrusted to it.
  auto storage = open_storage(choice, real_platform(LogLevel::warn));
  if (storage.ok()) return {StorageAccess(*std::move(storage)), {}};
  const std::string& reason = storage.error().context();
  if (is_taken) {
    return no_access(failed, reason + "; if that is a node, go through it: --node name@host:port");
  }
  const bool is_away = storage.error().code() == ErrorCode::node_unreachable;
  return no_access(is_away ? unavailable : failed, reason);
}

}  // namespace troupe::program
