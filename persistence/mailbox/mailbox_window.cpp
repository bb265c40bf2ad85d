#include <troupe/persistence/mailbox/mailbox_window.hpp>

#include <algorithm>
#include <utility>

namespace troupe::persistence {

void MailboxWindow::begin(const QueueState& state) {
  const bool is_first = read_through_.number == 0 && waiting_.empty() && out_.empty();
  note_last(state.last);
  is_paused_ = state.is_paused;
  written_through_ = state.cursor.number;
  written_attempts_ = state.attempts;
  marked_ = 0;
  if (is_first) {
    read_through_ = state.cursor;
    found_ = state.attempts;
    careful_through_ = std::min(state.cursor.number + settings_.window_messages, state.last.number);
  }
  note_cursor(state.cursor);
}

void MailboxWindow::note_last(Position last) { last_ = std::max(last_, last); }

void MailboxWindow::note_cursor(Position cursor) {
  written_through_ = std::max(written_through_, cursor.number);
  while (!waiting_.empty() && waiting_.front().position.number <= cursor.number) {
    leave_window(waiting_.front());
    waiting_.pop_front();
  }
  if (read_through_.number < cursor.number) read_through_ = cursor;
  dead_.erase(dead_.begin(), dead_.upper_bound(cursor.number));
  expired_.erase(expired_.begin(), expired_.upper_bound(cursor.number));
}

std::size_t MailboxWindow::room_messages() const noexcept {
  return settings_.window_messages - std::min(messages_, settings_.window_messages);
}

std::size_t MailboxWindow::room_bytes() const noexcept {
  return settings_.window_bytes - std::min(bytes_, settings_.window_bytes);
}

std::optional<Position> MailboxWindow::to_read() const {
  const bool has_more = read_through_.number < last_.number;
  if (!has_more || is_closed_ || room_messages() == 0 || room_bytes() == 0) return std::nullopt;
  return read_through_;
}

bool MailboxWindow::is_next(Position position) const noexcept {
  return position.number == read_through_.number + 1 && !is_closed_ && room_messages() > 0 &&
         room_bytes() > 0;
}

void MailboxWindow::add(Position position, std::string record) {
  note_last(position);
  if (position.number <= read_through_.number || is_closed_) return;
  Entry entry{.position = position, .record = std::move(record)};
  if (position.number == found_.number) entry.failures = found_.count;
  read_through_ = position;
  if (is_dead(entry.failures)) {
    return die(entry, "the process ended, or the actor, each time that it was handled");
  }
  ++messages_;
  bytes_ += entry.record.size();
  waiting_.push_back(std::move(entry));
}

/// For those before it, or until it is written that it was begun.
bool MailboxWindow::must_wait(const Entry& entry, TimePoint now) const {
  const std::uint64_t number = entry.position.number;
  if (number > careful_through_) return false;
  return has_careful_under_way(now) || (number != marked_ && attempts().number == number);
}

bool MailboxWindow::has_careful_under_way(TimePoint now) const {
  if (careful_through_ <= written_through_) return false;
  return std::any_of(out_.begin(), out_.upper_bound(careful_through_), [now](const auto& one) {
    return !one.second.is_left || one.second.waited_until > now;
  });
}

bool MailboxWindow::has_ready(TimePoint now) const {
  if (waiting_.empty() || is_paused_ || is_closed_) return false;
  const Entry& first = waiting_.front();
  return first.ready_at <= now && !must_wait(first, now);
}

std::optional<MailboxWindow::Given> MailboxWindow::give(TimePoint now) {
  if (!has_ready(now)) return std::nullopt;
  Entry first = std::move(waiting_.front());
  waiting_.pop_front();
  first.giving = ++givings_;
  first.shares = 0;
  first.is_returned = false;
  first.outcome = runtime::Settled::handled;
  const std::uint64_t number = first.position.number;
  const bool is_again = std::exchange(first.was_given, true);
  const Entry& given = out_.insert_or_assign(number, std::move(first)).first->second;
  return Given{number,       given.position.milliseconds, given.giving, given.failures, is_again,
               &given.record};
}

bool MailboxWindow::has_given_through(std::uint64_t number) const {
  if (!waiting_.empty()) return waiting_.front().position.number > number;
  return read_through_.number >= number;
}

TimePoint MailboxWindow::next_time(TimePoint now) const {
  TimePoint next = TimePoint::max();
  if (waiting_.empty() || is_paused_ || is_closed_) return next;
  const auto note = [&](TimePoint at) {
    if (at > now) next = std::min(next, at);
  };
  const Entry& first = waiting_.front();
  note(first.ready_at);
  if (first.position.number > careful_through_) return next;
  const auto end = out_.upper_bound(careful_through_);
  for (auto one = out_.begin(); one != end; ++one) note(one->second.waited_until);
  return next;
}

Duration MailboxWindow::pause_after(std::uint32_t failures) const {
  Duration pause = settings_.retry_pause;
  for (std::uint32_t i = 1; i < failures && pause < settings_.retry_pause_max; ++i) {
    pause = times(2, pause);
  }
  return std::min(pause, settings_.retry_pause_max);
}

std::map<std::uint64_t, MailboxWindow::Entry>::iterator MailboxWindow::find_out(
    std::uint64_t number, std::uint64_t giving) noexcept {
  const auto found = out_.find(number);
  return found != out_.end() && found->second.giving == giving ? found : out_.end();
}

bool MailboxWindow::settle(std::uint64_t number, std::uint64_t giving, runtime::Settled outcome,
                           std::string error, TimePoint now, bool is_share) {
  const auto found = find_out(number, giving);
  if (found == out_.end()) return false;
  if (!note(found->second, outcome, std::move(error), is_share)) return true;
  Entry entry = std::move(found->second);
  out_.erase(found);
  // One that is kept was begun, as it is written.
  if (number == marked_ && entry.outcome != runtime::Settled::kept) marked_ = 0;
  end(std::move(entry), now);
  return true;
}

/// Whether the message is done with now, as `entry.outcome`.
bool MailboxWindow::note(Entry& entry, runtime::Settled outcome, std::string error, bool is_share) {
  using runtime::Settled;
  if (is_share) {
    if (entry.shares > 0) --entry.shares;
  } else {
    entry.is_returned = entry.is_left = true;
  }
  if (outcome != Settled::handled && (!is_share || entry.outcome == Settled::handled)) {
    entry.outcome = outcome;
    entry.error = std::move(error);
  }
  if (!entry.is_returned) return false;
  const bool is_well = entry.outcome == Settled::handled || entry.outcome == Settled::expired;
  return entry.shares == 0 || !is_well;
}

void MailboxWindow::end(Entry entry, TimePoint now) {
  const std::uint64_t number = entry.position.number;
  switch (entry.outcome) {
    case runtime::Settled::handled: leave_window(entry); break;
    case runtime::Settled::expired:
      leave_window(entry);
      expired_.insert(number);
      break;
    case runtime::Settled::unusable:
      leave_window(entry);
      ++entry.failures;
      die(entry, entry.error);
      break;
    case runtime::Settled::failed:
      ++entry.failures;
      if (is_dead(entry.failures)) {
        leave_window(entry);
        die(entry, entry.error);
        break;
      }
      entry.ready_at = later(now, pause_after(entry.failures));
      take_back(std::move(entry));
      break;
    case runtime::Settled::kept: take_back(std::move(entry)); break;
  }
}

void MailboxWindow::share(std::uint64_t number, std::uint64_t giving) noexcept {
  if (const auto found = find_out(number, giving); found != out_.end()) ++found->second.shares;
}

void MailboxWindow::take_back(Entry entry) {
  entry.is_left = false;
  entry.waited_until = TimePoint::min();
  if (std::exchange(entry.is_stashed, false)) {
    ++messages_;
    bytes_ += entry.record.size();
  }
  // Mostly the first, as messages are given out in their order.
  const auto place = std::ranges::find_if(
      waiting_, [&](const Entry& other) { return other.position.number > entry.position.number; });
  waiting_.insert(place, std::move(entry));
}

void MailboxWindow::leave_window(const Entry& entry) noexcept {
  if (entry.is_stashed) return;
  --messages_;
  bytes_ -= entry.record.size();
}

void MailboxWindow::die(const Entry& entry, std::string error) {
  const std::uint64_t number = entry.position.number;
  dead_.insert_or_assign(number, DeadMessage{number, entry.failures, std::move(error)});
}

void MailboxWindow::put_aside(std::uint64_t number, std::uint64_t giving, bool is_stashed,
                              TimePoint waited_until) {
  const auto found = find_out(number, giving);
  if (found == out_.end()) return;
  Entry& entry = found->second;
  entry.is_left = true;
  entry.waited_until = waited_until;
  if (!is_stashed || entry.is_stashed) return;
  leave_window(entry);
  entry.is_stashed = true;
}

void MailboxWindow::close() { is_closed_ = true; }

std::uint64_t MailboxWindow::through() const {
  std::uint64_t first = read_through_.number + 1;
  if (!out_.empty()) first = std::min(first, out_.begin()->first);
  if (!waiting_.empty()) first = std::min(first, waiting_.front().position.number);
  return first - 1;
}

/// Of the message that is under way, or was left, else of the one that is handled next. Of one that
/// was left nothing is left over for the next owner where this one ends in order.
Attempts MailboxWindow::attempts() const {
  if (has_careful_under_way(TimePoint::max())) return written_attempts_;
  if (const auto same = out_.find(written_attempts_.number); same != out_.end()) {
    const Entry& entry = same->second;
    const bool is_lowest = waiting_.empty() || same->first < waiting_.front().position.number;
    if (!entry.is_left) return written_attempts_;
    if (is_lowest && !entry.is_stashed) return is_closed_ ? of(entry, 0) : written_attempts_;
  }
  if (waiting_.empty()) return {};
  const Entry& first = waiting_.front();
  const bool is_marked = !is_closed_ && first.position.number <= careful_through_;
  return of(first, is_marked ? 1 : 0);
}

Attempts MailboxWindow::of(const Entry& entry, std::uint32_t begun) noexcept {
  const std::uint32_t count = entry.failures + begun;
  return count == 0 ? Attempts{} : Attempts{entry.position.number, count};
}

/// What storage still has of what was written.
Attempts MailboxWindow::current(const Attempts& written) const {
  return written.number > written_through_ ? written : Attempts{};
}

bool MailboxWindow::has_news() const {
  if (through() > written_through_) return true;
  return attempts() != current(written_attempts_);
}

void MailboxWindow::tell(SettleBatch& batch) {
  batch.through = std::max(through(), written_through_);
  batch.attempts = attempts();
  batch.dead.clear();
  batch.expired.clear();
  for (const auto& [number, letter] : dead_) {
    if (number > batch.through) break;
    batch.dead.push_back({number, letter.attempts, letter.error});
  }
  for (const std::uint64_t number : expired_) {
    if (number > batch.through) break;
    batch.expired.push_back(number);
  }
}

void MailboxWindow::told(const SettleBatch& batch, bool is_stored) {
  if (!is_stored) return;
  written_attempts_ = batch.attempts;
  if (batch.attempts.number != 0 && batch.attempts.number <= careful_through_) {
    marked_ = batch.attempts.number;
  }
  note_cursor(batch.cursor);
  note_last(batch.last);
  is_paused_ = batch.is_paused;
}

}  // namespace troupe::persistence
