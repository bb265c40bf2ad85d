#include <troupe/program/storage/storage_check.hpp>

#include <troupe/base/printable.hpp>

namespace troupe::program {
namespace {

constexpr std::size_t problems_max = 100;

/// Adds to the report; what cannot be asked ends it.
class Checking {
 public:
  Checking(StorageAccess& storage, CheckReport& report) : storage_(storage), report_(report) {}

  std::optional<Complaint> queue(const QueueLine& line) {
    ++report_.queues;
    const std::string name = "queue " + printable(line.queue);
    const std::uint64_t booked =
        line.settled + line.dead + line.expired + line.purged + line.waiting;
    if (line.stored != booked) {
      say(name + ": " + std::to_string(line.stored) + " were stored, and its books have " +
          std::to_string(booked));
    }
    if (auto complaint = messages(line, name)) return complaint;
    return letters(line, name);
  }

  std::optional<Complaint> journal(const JournalLine& line) {
    ++report_.journals;
    const std::string name = "journal " + printable(line.journal);
    if (auto complaint = events(line, name)) return complaint;
    const auto snapshot = storage_.ask_for_part(TellSnapshot{line.journal});
    if (!snapshot.value) return snapshot.complaint;
    if (!snapshot.value->problem.empty()) {
      say(name + ": its snapshot: " + snapshot.value->problem);
    } else if (snapshot.value->number != 0) {
      ++report_.snapshots;
    }
    if (line.snapshot > line.last) {
      say(name + ": its snapshot goes up to " + std::to_string(line.snapshot) +
          ", and the journal ends at " + std::to_string(line.last));
    }
    return std::nullopt;
  }

 private:
  void say(std::string problem) {
    if (report_.problems.size() < problems_max) report_.problems.push_back(std::move(problem));
  }

  /// Those that wait, one number after the other.
  std::optional<Complaint> messages(const QueueLine& line, const std::string& name) {
    TellMessages request{line.queue, 0, 0, 1'000};
    std::uint64_t count = 0;
    while (true) {
      const auto page = storage_.ask_for_part(request);
      if (!page.value) return page.complaint;
      if (!page.value->problem.empty()) {
        say(name + ": " + page.value->problem);
        return std::nullopt;
      }
      for (const MessageLine& one : page.value->messages) {
        if (request.after != 0 && one.number != request.after + 1) {
          say(name + ": " + std::to_string(one.number) + " follows " +
              std::to_string(request.after));
        }
        request.after_ms = one.stored_ms;
        request.after = one.number;
        ++count;
      }
      if (page.value->messages.empty() || request.after >= page.value->last) break;
    }
    report_.messages += count;
    if (count == line.waiting) return std::nullopt;
    const auto again = storage_.ask_for_part(TellQueue{line.queue});
    if (!again.value) return again.complaint;
    const QueueLine& now = again.value->queue;
    const bool is_worked_on = now.last != line.last || now.cursor != line.cursor;
    if (!is_worked_on) {
      say(name + ": " + std::to_string(line.waiting) + " messages wait, and " +
          std::to_string(count) + " can be read");
    }
    return std::nullopt;
  }

  std::optional<Complaint> letters(const QueueLine& line, const std::string& name) {
    TellLetters request{line.queue, 0, 1'000};
    while (true) {
      const auto page = storage_.ask_for_part(request);
      if (!page.value) return page.complaint;
      if (!page.value->problem.empty()) {
        say(name + ": its dead letters: " + page.value->problem);
        return std::nullopt;
      }
      report_.dead_letters += page.value->letters.size();
      if (page.value->is_end || page.value->letters.empty()) return std::nullopt;
      request.after = page.value->letters.back().id;
    }
  }

  /// All that are kept, one number after the other.
  std::optional<Complaint> events(const JournalLine& line, const std::string& name) {
    std::uint64_t next = line.first;
    while (next <= line.last) {
      const auto page = storage_.ask_for_part(TellEvents{line.journal, next, 1'000});
      if (!page.value) return page.complaint;
      report_.events += page.value->events.size();
      const std::uint64_t begins = page.value->begins;
      if (!page.value->problem.empty()) {
        say(name + ": " + page.value->problem);
        return std::nullopt;
      }
      // Some may have been removed meanwhile, from the beginning on.
      if (begins == 0 || (begins != next && next != line.first)) {
        say(name + ": event " + std::to_string(next) + " is not there, and it ends at " +
            std::to_string(line.last));
        return std::nullopt;
      }
      next = begins + page.value->events.size();
    }
    return std::nullopt;
  }

  StorageAccess& storage_;
  CheckReport& report_;
};

}  // namespace

Outcome<CheckReport> check_all(StorageAccess& storage) {
  CheckReport report;
  Checking checking(storage, report);
  const auto take = [&](const QueueLine& line) { return checking.queue(line); };
  if (auto complaint = each_queue(storage, take)) return {std::nullopt, *std::move(complaint)};
  const auto take_journal = [&](const JournalLine& line) { return checking.journal(line); };
  if (auto complaint = each_journal(storage, take_journal)) {
    return {std::nullopt, *std::move(complaint)};
  }
  return {std::move(report), {}};
}

Outcome<CheckReport> check_journals(StorageAccess& storage, const std::string& journal) {
  CheckReport report;
  Checking checking(storage, report);
  const auto take = [&](const JournalLine& line) -> std::optional<Complaint> {
    return journal.empty() || line.journal == journal ? checking.journal(line) : std::nullopt;
  };
  if (auto complaint = each_journal(storage, take)) return {std::nullopt, *std::move(complaint)};
  if (!journal.empty() && report.journals == 0) {
    return {std::nullopt, {failed, "there is no journal " + printable(journal)}};
  }
  return {std::move(report), {}};
}

}  // namespace troupe::program
