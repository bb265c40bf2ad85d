#include <troupe/program/storage/journal_commands.hpp>

#include <algorithm>
#include <iostream>
#include <troupe/base/printable.hpp>
#include <troupe/program/json_text_of.hpp>
#include <troupe/program/storage/stored_text.hpp>

namespace troupe::program {
namespace {

Complaint no_journal(const std::string& journal) {
  return {no_actor, "there is no journal " + printable(journal) + " that has events or a snapshot"};
}

/// Whether there ever was anything in it.
template <class Events>
bool is_there(const Events& events, const SnapshotAnswer& snapshot) {
  return events.last > 0 || snapshot.number > 0;
}

}  // namespace

Complained list_journals(StorageAccess& storage, bool as_json) {
  JournalsShown all;
  const auto take = [&](const JournalLine& one) -> Complained {
    all.journals.push_back(one);
    return std::nullopt;
  };
  if (auto complaint = each_journal(storage, take)) return complaint;
  std::vector<std::vector<std::string>> rows = {
      {"JOURNAL", "EVENTS KEPT", "LAST", "SNAPSHOT", "STATE"}};
  for (const JournalLine& one : all.journals) {
    rows.push_back({printable(one.journal), std::to_string(one.last + 1 - one.first),
                    std::to_string(one.last), std::to_string(one.snapshot),
                    one.is_erased ? "erased" : "kept"});
  }
  std::cout << (as_json ? json_text_of(all) : columns(rows)) << std::endl;
  return std::nullopt;
}

Complained show_journal(StorageAccess& storage, const StorageOrder& order, bool as_json) {
  const auto snapshot = storage.ask(TellSnapshot{order.name});
  if (!snapshot.value) return snapshot.complaint;
  JournalShown all{order.name, 0, snapshot.value->number, {}};
  TellEvents request{order.name, order.from, order.most};
  while (true) {
    const auto page = storage.ask(request);
    if (!page.value) return page.complaint;
    if (!is_there(*page.value, *snapshot.value)) return no_journal(order.name);
    all.last = page.value->last;
    std::uint64_t number = page.value->begins;
    for (const StoredBytes& one : page.value->events) {
      all.events.push_back({number++, one.size(), json_of_msgpack(one)});
    }
    if (page.value->events.empty() || all.events.size() >= order.most || number > all.last) break;
    request.first = number;
    request.events_max = order.most - all.events.size();
  }
  if (as_json) {
    std::cout << json_text_of(all) << std::endl;
    return std::nullopt;
  }
  std::cout << "journal " << printable(order.name) << ", last event " << all.last
            << (all.snapshot > 0 ? ", snapshot of " + std::to_string(all.snapshot) : "") << "\n";
  std::vector<std::vector<std::string>> rows = {{"NUMBER", "BYTES", "EVENT"}};
  for (const EventShown& one : all.events) {
    rows.push_back({std::to_string(one.number), short_size(one.bytes), printable(one.event)});
  }
  std::cout << columns(rows) << std::endl;
  return std::nullopt;
}

Complained verify_journals(StorageAccess& storage, const StorageOrder& order) {
  const auto report = check_journals(storage, order.name);
  return report.value ? print_report(*report.value) : Complained(report.complaint);
}

Complained export_journal(StorageAccess& storage, const StorageOrder& order) {
  const auto snapshot = storage.ask(TellSnapshot{order.name});
  if (!snapshot.value) return snapshot.complaint;
  if (snapshot.value->number > 0) {
    std::cout << json_text_of(
                     ExportedRecord{"snapshot", snapshot.value->number, snapshot.value->record})
              << "\n";
  }
  TellEvents request{order.name, 1, 1'000};
  while (true) {
    const auto page = storage.ask_for_part(request);
    if (!page.value) return page.complaint;
    std::uint64_t number = page.value->begins;
    for (const StoredBytes& one : page.value->events) {
      std::cout << json_text_of(ExportedRecord{"event", number++, one}) << "\n";
    }
    if (!page.value->problem.empty()) {
      return Complaint{failed, printable(page.value->problem)};
    }
    if (!is_there(*page.value, *snapshot.value)) return no_journal(order.name);
    if (page.value->events.empty() || number > page.value->last) break;
    request.first = number;
  }
  std::cout.flush();
  return std::nullopt;
}

Complained erase_journal(StorageAccess& storage, const StorageOrder& order) {
  const auto erased = storage.ask(EraseEvents{order.name});
  if (!erased.value) return erased.complaint;
  std::cout << erased.value->count << " events erased" << std::endl;
  return std::nullopt;
}

Complained print_report(const CheckReport& report) {
  std::cout << columns({{"queues", std::to_string(report.queues)},
                        {"messages that wait", std::to_string(report.messages)},
                        {"dead letters", std::to_string(report.dead_letters)},
                        {"journals", std::to_string(report.journals)},
                        {"events", std::to_string(report.events)},
                        {"snapshots", std::to_string(report.snapshots)}})
            << std::endl;
  if (report.problems.empty()) return std::nullopt;
  std::string text = std::to_string(report.problems.size()) + " problems";
  for (const std::string& one : report.problems) text += "\n  " + printable(one);
  return Complaint{failed, std::move(text)};
}

}  // namespace troupe::program
