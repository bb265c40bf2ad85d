#include <troupe/program/storage/storage_commands.hpp>

#include <unistd.h>
#include <iostream>
#include <troupe/base/printable.hpp>
#include <troupe/program/quantity.hpp>
#include <troupe/program/shell_commands.hpp>
#include <troupe/program/storage/journal_commands.hpp>
#include <troupe/program/storage/queue_commands.hpp>
#include <troupe/program/storage/storage_check.hpp>
#include <troupe/program/storage/stored_text.hpp>

namespace troupe::program {
namespace {

/// What an order takes away for ever; empty where it takes nothing.
std::string destroyed_by(const StorageOrder& order, const Effective& effective) {
  const std::string name = printable(order.name);
  switch (order.verb) {
    case StorageVerb::purge_queue: return "all that waits in the queue " + name;
    case StorageVerb::drop_letters: return "dead letters of the queue " + name;
    case StorageVerb::erase_journal: return "the journal " + name;
    case StorageVerb::restore_storage:
      return "what " + printable(effective.configuration.storage.sqlite) + " has now";
    default: return {};
  }
}

/// Whether the operator wants it.
bool is_wanted(const StorageOrder& order, const std::string& destroyed) {
  if (destroyed.empty() || order.is_sure) return true;
  if (::isatty(STDIN_FILENO) == 0) {
    complain("this takes away " + destroyed + " for ever: say --yes if that is wanted");
    return false;
  }
  std::cerr << "This takes away " << destroyed << " for ever. Go on? Type yes: ";
  std::string said;
  std::getline(std::cin, said);
  return said == "yes";
}

/// By steps, so that whoever has the storage works on meanwhile.
Complained back_up(StorageAccess& storage, const StorageOrder& order) {
  BackUpStorage request{order.name, true};
  while (true) {
    const auto step = storage.ask(request);
    if (!step.value) return step.complaint;
    if (step.value->is_end) {
      std::cout << short_size(step.value->bytes_total) << " copied to " << printable(order.name)
                << (storage.is_through_node() ? ", beside the node's storage" : "") << std::endl;
      return std::nullopt;
    }
    request.is_first = false;
  }
}

Complained restore(const StorageOrder& order, const Effective& effective) {
  const StorageChoice& choice = effective.configuration.storage;
  if (!order.node.empty()) {
    return Complaint{misused, "nothing is restored below a node that runs: end it first"};
  }
  if (choice.sqlite.empty()) {
    return Complaint{misused,
                     "restored where? Say --sqlite FILE; a Redis server is restored by its own "
                     "RDB or append-only files"};
  }
  const auto restored = restore_file(order.name, choice.sqlite);
  if (!restored.ok()) return Complaint{failed, restored.error().context()};
  std::cout << *restored << std::endl;
  return std::nullopt;
}

/// What SQLite says of a file that nobody has; nothing of other storage.
Complained check_the_file(const StorageOrder& order, const Effective& effective) {
  const std::string& file = effective.configuration.storage.sqlite;
  if (!order.node.empty() || file.empty() || is_in_use(file)) return std::nullopt;
  const auto checked = check_file(file);
  if (!checked.ok()) return Complaint{failed, checked.error().context()};
  std::cout << printable(file) << ": " << *checked << std::endl;
  return std::nullopt;
}

Complained run_on(StorageAccess& storage, const StorageOrder& order, bool as_json) {
  switch (order.verb) {
    case StorageVerb::list_queues: return list_queues(storage, as_json);
    case StorageVerb::show_queue: return show_queue(storage, order, as_json);
    case StorageVerb::pause_queue:
    case StorageVerb::resume_queue:
    case StorageVerb::purge_queue: return steer_queue(storage, order);
    case StorageVerb::list_letters: return list_letters(storage, as_json);
    case StorageVerb::show_letters: return show_letters(storage, order, as_json);
    case StorageVerb::replay_letters:
    case StorageVerb::drop_letters: return handle_letters(storage, order);
    case StorageVerb::list_journals: return list_journals(storage, as_json);
    case StorageVerb::show_journal: return show_journal(storage, order, as_json);
    case StorageVerb::verify_journals: return verify_journals(storage, order);
    case StorageVerb::export_journal: return export_journal(storage, order);
    case StorageVerb::erase_journal: return erase_journal(storage, order);
    case StorageVerb::back_up_storage: return back_up(storage, order);
    default: break;
  }
  const auto report = check_all(storage);
  return report.value ? print_report(*report.value) : Complained(report.complaint);
}

Complained carry_out(const CommandLine& line, const Effective& effective, Duration timeout) {
  const StorageOrder& order = line.storage;
  if (order.verb == StorageVerb::restore_storage) return restore(order, effective);
  if (order.verb == StorageVerb::check_storage) {
    if (auto complaint = check_the_file(order, effective)) return complaint;
  }
  auto storage = find_storage(effective, {order.is_place_said, order.node, timeout});
  if (!storage.value) return storage.complaint;
  return run_on(*storage.value, order, line.as_json);
}

}  // namespace

int run_storage_command(const CommandLine& line, const Effective& effective) {
  const auto timeout = parse_duration(line.timeout);
  if (!timeout.ok()) return fail(misused, "--timeout: " + timeout.error().context());
  if (*timeout < Duration::zero()) return fail(misused, "--timeout is less than nothing");
  if (!is_wanted(line.storage, destroyed_by(line.storage, effective))) return failed;
  const auto complaint = carry_out(line, effective, *timeout);
  return complaint ? fail(complaint->code, complaint->reason) : done;
}

}  // namespace troupe::program
