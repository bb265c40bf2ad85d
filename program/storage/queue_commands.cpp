#include <troupe/program/storage/queue_commands.hpp>

#include <algorithm>
#include <iostream>
#include <limits>
#include <troupe/base/printable.hpp>
#include <troupe/program/json_text_of.hpp>
#include <troupe/program/quantity.hpp>
#include <troupe/program/storage/storage_check.hpp>
#include <troupe/program/storage/stored_text.hpp>

namespace troupe::program {
namespace {

constexpr std::uint64_t last_id = std::numeric_limits<std::int64_t>::max();

std::string state_of(const QueueLine& queue) {
  if (queue.is_paused) return "paused";
  return queue.owner.empty() ? "no owner yet" : "goes on";
}

MessageShown message_of(std::uint64_t number, std::uint64_t stored_ms, std::string history,
                        const StoredBytes& record) {
  ShownMessage said = shown(record);
  return {number,
          stored_ms,
          std::move(said.type),
          std::move(said.sender),
          std::move(said.message),
          record.size(),
          std::move(history)};
}

std::string type_of(const MessageShown& message) {
  return message.type.empty() ? "no message" : printable(message.type);
}

void print_books(const QueueLine& queue) {
  std::cout << "queue " << printable(queue.queue) << ", " << state_of(queue) << "\n"
            << columns({{"  waiting", std::to_string(queue.waiting)},
                        {"  bytes of these", short_size(queue.waiting_bytes)},
                        {"  attempts at the first", std::to_string(queue.attempts)},
                        {"  stored", std::to_string(queue.stored)},
                        {"  settled", std::to_string(queue.settled)},
                        {"  dead", std::to_string(queue.dead)},
                        {"  expired", std::to_string(queue.expired)},
                        {"  purged", std::to_string(queue.purged)},
                        {"  dead letters kept", std::to_string(queue.dead_letters)},
                        {"  last stored", short_time(queue.last_ms)},
                        {"  owner", queue.owner.empty() ? "-" : queue.owner}})
            << std::endl;
}

/// Those of one range.
Outcome<std::uint64_t> handle_range(StorageAccess& storage, const StorageOrder& order,
                                    std::uint64_t first, std::uint64_t last) {
  std::uint64_t count = 0;
  HandleLetters request{order.name, order.verb == StorageVerb::replay_letters, first, last};
  while (true) {
    const auto handled = storage.ask(request);
    if (!handled.value) return {std::nullopt, handled.complaint};
    count += handled.value->count;
    if (handled.value->next == 0) return {count, {}};
    request.first = handled.value->next;
  }
}

}  // namespace

Complained list_queues(StorageAccess& storage, bool as_json) {
  QueuesShown all;
  std::vector<std::vector<std::string>> rows = {
      {"QUEUE", "WAITING", "BYTES", "DEAD LETTERS", "STORED", "LAST STORED", "STATE"}};
  const auto take = [&](const QueueLine& one) -> Complained {
    if (as_json) {
      all.queues.push_back(one);
    } else {
      rows.push_back({printable(one.queue), std::to_string(one.waiting),
                      short_size(one.waiting_bytes), std::to_string(one.dead_letters),
                      std::to_string(one.stored), short_time(one.last_ms), state_of(one)});
    }
    return std::nullopt;
  };
  if (auto complaint = each_queue(storage, take)) return complaint;
  std::cout << (as_json ? json_text_of(all) : columns(rows)) << std::endl;
  return std::nullopt;
}

Complained show_queue(StorageAccess& storage, const StorageOrder& order, bool as_json) {
  const auto queue = storage.ask(TellQueue{order.name});
  if (!queue.value) return queue.complaint;
  QueueShown all{queue.value->queue, {}};
  TellMessages request{order.name, 0, 0, order.most};
  while (order.most > all.messages.size()) {
    request.messages_max = order.most - all.messages.size();
    const auto page = storage.ask(request);
    if (!page.value) return page.complaint;
    for (const MessageLine& one : page.value->messages) {
      all.messages.push_back(message_of(one.number, one.stored_ms, one.history, one.record));
      request.after_ms = one.stored_ms;
      request.after = one.number;
    }
    if (page.value->messages.empty() || request.after >= page.value->last) break;
  }
  if (as_json) {
    std::cout << json_text_of(all) << std::endl;
    return std::nullopt;
  }
  print_books(all.queue);
  std::vector<std::vector<std::string>> rows = {{"NUMBER", "STORED", "BYTES", "TYPE", "MESSAGE"}};
  for (const MessageShown& one : all.messages) {
    rows.push_back({std::to_string(one.number), short_time(one.stored_ms), short_size(one.bytes),
                    type_of(one), printable(one.message)});
  }
  if (rows.size() > 1) std::cout << columns(rows) << std::endl;
  return std::nullopt;
}

Complained list_letters(StorageAccess& storage, bool as_json) {
  QueuesShown all;
  const auto take = [&](const QueueLine& one) -> Complained {
    if (one.dead_letters > 0) all.queues.push_back(one);
    return std::nullopt;
  };
  if (auto complaint = each_queue(storage, take)) return complaint;
  std::vector<std::vector<std::string>> rows = {{"QUEUE", "DEAD LETTERS"}};
  for (const QueueLine& one : all.queues) {
    rows.push_back({printable(one.queue), std::to_string(one.dead_letters)});
  }
  std::cout << (as_json ? json_text_of(all) : columns(rows)) << std::endl;
  return std::nullopt;
}

Complained show_letters(StorageAccess& storage, const StorageOrder& order, bool as_json) {
  if (auto queue = storage.ask(TellQueue{order.name}); !queue.value) return queue.complaint;
  LettersShown all{order.name, {}, false};
  TellLetters request{order.name, order.from > 0 ? order.from - 1 : 0, order.most};
  while (!all.is_end && order.most > all.dead_letters.size()) {
    request.letters_max = order.most - all.dead_letters.size();
    const auto page = storage.ask(request);
    if (!page.value) return page.complaint;
    for (const LetterLine& one : page.value->letters) {
      all.dead_letters.push_back({one.id, one.died_ms, one.attempts, one.error,
                                  message_of(one.number, one.stored_ms, one.history, one.record)});
      request.after = one.id;
    }
    all.is_end = page.value->is_end || page.value->letters.empty();
  }
  if (as_json) {
    std::cout << json_text_of(all) << std::endl;
    return std::nullopt;
  }
  std::vector<std::vector<std::string>> rows = {
      {"ID", "DIED", "ATTEMPTS", "TYPE", "ERROR", "MESSAGE"}};
  for (const LetterShown& one : all.dead_letters) {
    rows.push_back({std::to_string(one.id), short_time(one.died_ms), std::to_string(one.attempts),
                    type_of(one.message), printable(one.error), printable(one.message.message)});
  }
  std::cout << columns(rows);
  if (!all.is_end && !all.dead_letters.empty()) {
    std::cout << "\nmore by --from " << all.dead_letters.back().id + 1;
  }
  std::cout << std::endl;
  return std::nullopt;
}

Complained steer_queue(StorageAccess& storage, const StorageOrder& order) {
  if (order.verb == StorageVerb::purge_queue) {
    const auto purged = storage.ask(PurgeQueue{order.name});
    if (!purged.value) return purged.complaint;
    std::cout << purged.value->count << " messages purged" << std::endl;
    return std::nullopt;
  }
  const auto told = storage.ask(PauseQueue{order.name, order.verb == StorageVerb::pause_queue});
  return told.value ? std::nullopt : Complained(told.complaint);
}

Outcome<std::vector<std::pair<std::uint64_t, std::uint64_t>>> id_ranges(const StorageOrder& order) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
  if (order.all == !order.ids.empty()) {
    return {std::nullopt,
            {misused, "which dead letters? Say their ids, such as 3 or 3-7, or --all of them"}};
  }
  if (order.all) ranges.emplace_back(0, last_id);
  for (const std::string& text : order.ids) {
    const std::size_t dash = text.find('-');
    const auto first = parse_count(text.substr(0, dash));
    const auto last = dash == std::string::npos ? first : parse_count(text.substr(dash + 1));
    if (!first.ok() || !last.ok() || *first > *last || *last > last_id) {
      return {std::nullopt,
              {misused, printable(text) + " is no id of a dead letter, which looks like 3 or 3-7"}};
    }
    ranges.emplace_back(*first, *last);
  }
  return {std::move(ranges), {}};
}

Complained handle_letters(StorageAccess& storage, const StorageOrder& order) {
  const auto ranges = id_ranges(order);
  if (!ranges.value) return ranges.complaint;
  std::uint64_t count = 0;
  for (const auto& [first, last] : *ranges.value) {
    const auto handled = handle_range(storage, order, first, last);
    if (!handled.value) return handled.complaint;
    count += *handled.value;
  }
  const bool is_replay = order.verb == StorageVerb::replay_letters;
  std::cout << count << (is_replay ? " dead letters replayed" : " dead letters dropped")
            << std::endl;
  return std::nullopt;
}

}  // namespace troupe::program
