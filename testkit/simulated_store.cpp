#include <troupe/testkit/simulated_store.hpp>

#include <algorithm>
#include <troupe/base/check.hpp>
#include <troupe/persistence/rules/operation_access.hpp>
#include <type_traits>
#include <utility>

namespace troupe::testkit {
namespace {

using persistence::MemoryStorage;
using persistence::Operation;
using persistence::Stored;

template <class Request>
struct Copy final : Request {
  void complete() noexcept override {}
};

void copy(const persistence::ClaimQueue& from, persistence::ClaimQueue& to) {
  to.queue = from.queue;
  to.incarnation = from.incarnation;
  to.instance = from.instance;
  to.gone = from.gone;
}
void copy(const persistence::AppendBatch& from, persistence::AppendBatch& to) {
  to.queue = from.queue;
  to.producer = from.producer;
  to.batch = from.batch;
  to.records = from.records;
  to.messages_max = from.messages_max;
  to.bytes_max = from.bytes_max;
  // Its owner may be another one by then, whom real storages tell of it by their sweeps.
  to.by_owner = false;
}
void copy(const persistence::SettleBatch& from, persistence::SettleBatch& to) {
  to.queue = from.queue;
  to.token = from.token;
  to.number = from.number;
  to.through = from.through;
  to.dead = from.dead;
  to.expired = from.expired;
  to.attempts = from.attempts;
  to.releases = from.releases;
}
void copy(const persistence::ControlQueue& from, persistence::ControlQueue& to) {
  to.queue = from.queue;
  to.action = from.action;
}
void copy(const persistence::DropQueue& from, persistence::DropQueue& to) {
  to.queue = from.queue;
  to.token = from.token;
}
void copy(const persistence::HandleDeadLetters& from, persistence::HandleDeadLetters& to) {
  to.queue = from.queue;
  to.action = from.action;
  to.first = from.first;
  to.last = from.last;
}
void copy(const persistence::ClaimJournal& from, persistence::ClaimJournal& to) {
  to.key = from.key;
  to.incarnation = from.incarnation;
  to.instance = from.instance;
  to.gone = from.gone;
}
void copy(const persistence::AppendEvents& from, persistence::AppendEvents& to) {
  to.key = from.key;
  to.token = from.token;
  to.number = from.number;
  to.expected = from.expected;
  to.events = from.events;
  to.applied = from.applied;
  to.tags = from.tags;
  to.keep_from = from.keep_from;
  to.releases = from.releases;
}
void copy(const persistence::EraseJournal& from, persistence::EraseJournal& to) {
  to.key = from.key;
  to.token = from.token;
}
void copy(const persistence::SaveSnapshot& from, persistence::SaveSnapshot& to) {
  to.key = from.key;
  to.token = from.token;
  to.number = from.number;
  to.record = from.record;
  to.keep_from = from.keep_from;
}

template <class Request>
inline constexpr bool is_claim = std::is_same_v<Request, persistence::ClaimQueue> ||
                                 std::is_same_v<Request, persistence::ClaimJournal>;

void answer(Operation& operation, Stored outcome, const char* why) {
  operation.outcome = outcome;
  operation.why = why;
  operation.complete();  // It may be destroyed by this.
}

/// What whoever was killed would never hear: so nobody waits for the store any more.
void end(Operation& operation) {
  const bool adds = persistence::adds(operation);
  answer(operation, adds ? Stored::refused : Stored::fenced, "the simulated node was killed");
}

}  // namespace

SimulatedStore::SimulatedStore(SimulatedStoreSettings settings)
    : settings_(std::move(settings)), random_(settings_.seed) {
  use(std::make_unique<MemoryStorage>(persistence::MemorySettings{.limits = settings_.limits}));
}

SimulatedStore::~SimulatedStore() = default;

std::shared_ptr<SimulatedStore::Connection> SimulatedStore::connect() {
  auto connection = std::make_shared<Connection>(*this);
  std::erase_if(connections_, [](const auto& one) { return one.expired(); });
  connections_.push_back(connection);
  return connection;
}

void SimulatedStore::run_in(SteppedWorld& world) {
  std::multimap<TimePoint, Event> left;
  for (auto& [time, event] : events_) {
    TROUPE_CHECK(event.operation == nullptr, "the connections of the world before were cut");
    left.emplace(later(world.clock().now(), up_to(settings_.late_max)), std::move(event));
  }
  events_ = std::move(left);
  world_ = &world;
  answered_.clear();
  world.add(*this);
}

void SimulatedStore::set_faults(const SimulatedStoreSettings& settings) { settings_ = settings; }

void SimulatedStore::set_away(bool is_away) {
  is_away_ = is_away;
  if (is_away) cut(nullptr);
}

void SimulatedStore::restart() {
  std::erase_if(events_, [](const auto& one) { return one.second.operation == nullptr; });
  cut(nullptr);
}

void SimulatedStore::fail_over(std::size_t writes) {
  restart();
  const std::size_t lost = std::min(writes, before_.size());
  if (lost == 0) return;
  before_.erase(before_.end() - static_cast<std::ptrdiff_t>(lost) + 1, before_.end());
  use(std::move(before_.back()));
  before_.pop_back();
}

persistence::QueueState SimulatedStore::queue(const std::string& name) {
  Copy<persistence::ShowQueue> show;
  show.queue = name;
  storage_->submit(show);
  return std::move(show.state);
}

TimePoint SimulatedStore::next() const {
  return events_.empty() ? TimePoint::max() : events_.begin()->first;
}

void SimulatedStore::advance(TimePoint now) {
  while (!events_.empty() && events_.begin()->first <= now) {
    auto first = events_.extract(events_.begin());
    happen(std::move(first.mapped()), now);
  }
  std::erase_if(answered_, [&](const auto& one) { return one.second <= now; });
}

void SimulatedStore::take(const std::shared_ptr<Connection>& from, Operation& operation) {
  TROUPE_CHECK(world_ != nullptr, "run_in() a world before anything is asked of the store");
  if (from->is_cut_) return end(operation);
  if (is_away_ || from->is_closed_)
    return answer(operation, Stored::unavailable, "the simulated store is away");
  persistence::visit(operation, [&]<class Request>(const Request& one) {
    if constexpr (is_claim<Request>) from->incarnation_ = one.incarnation;
  });
  const auto [what, name] = persistence::subject(operation);
  TimePoint& last = answered_[std::string(what) + ' ' + std::string(name)];
  last = std::max(last, later(world_->clock().now(), up_to(settings_.latency_max)));
  events_.emplace(last, Event{.from = from, .operation = &operation, .fate = fate_of(operation)});
}

SimulatedStore::Fate SimulatedStore::fate_of(const Operation& operation) {
  double left = random_.unit();
  if ((left -= settings_.refused) < 0) return Fate::refused;
  if (!persistence::writes(operation)) return Fate::done;
  if ((left -= settings_.lost) < 0) return Fate::lost;
  if ((left -= settings_.late) < 0) return Fate::late;
  return Fate::done;
}

void SimulatedStore::happen(Event event, TimePoint now) {
  if (event.operation == nullptr) return carry_out(event.late);
  Operation& operation = *event.operation;
  switch (event.fate) {
    case Fate::done: return carry_out(operation);
    case Fate::refused:
      ++faults_.refused;
      return answer(operation, Stored::unavailable, "the simulated store refuses it");
    case Fate::lost: ++faults_.lost; return lose(operation);
    case Fate::late:
      ++faults_.late;
      events_.emplace(later(now, up_to(settings_.late_max)), Event{.late = copy_of(operation)});
      return answer(operation, Stored::unknown, "the answer is lost, and the write is late");
  }
}

SimulatedStore::Write SimulatedStore::copy_of(Operation& operation) {
  return persistence::visit(operation, []<class Request>(Request& one) -> Write {
    if constexpr (requires(Copy<Request>& to) { copy(one, static_cast<Request&>(to)); }) {
      auto written = std::make_shared<Copy<Request>>();
      copy(one, static_cast<Request&>(*written));
      return [written](MemoryStorage& storage) { storage.submit(*written); };
    } else {
      return [](MemoryStorage&) {};
    }
  });
}

void SimulatedStore::carry_out(Operation& operation) {
  if (persistence::writes(operation)) note_write();
  persistence::visit(operation, [&]<class Request>(Request& one) {
    if constexpr (is_claim<Request>) {
      Copy<Request> probe;
      copy(one, static_cast<Request&>(probe));
      storage_->submit(probe);
      if (probe.outcome == Stored::owned && gone_.contains(probe.token.incarnation)) {
        one.gone = probe.token;
      } else if (probe.outcome == Stored::stored) {
        one.token = probe.token;
        one.state = std::move(probe.state);
        return answer(one, Stored::stored, "");
      }
    }
    storage_->submit(one);
  });
}

void SimulatedStore::carry_out(const Write& write) {
  note_write();
  write(*storage_);
}

void SimulatedStore::lose(Operation& operation) {
  if (!persistence::writes(operation)) {
    return answer(operation, Stored::unavailable, "the connection has ended");
  }
  if (random_.below(2) == 0) carry_out(copy_of(operation));
  answer(operation, Stored::unknown, "the answer is lost");
}

void SimulatedStore::note_write() {
  if (settings_.copies == 0) return;
  before_.push_back(storage_->copy());
  if (before_.size() > settings_.copies) before_.pop_front();
}

void SimulatedStore::cut(const Connection* from) {
  std::vector<Operation*> ended;
  std::erase_if(events_, [&](const auto& one) {
    const Event& event = one.second;
    if (event.operation == nullptr || (from != nullptr && event.from.get() != from)) return false;
    ended.push_back(event.operation);
    return true;
  });
  faults_.cut += ended.size();
  for (Operation* operation : ended) lose(*operation);
}

void SimulatedStore::use(std::unique_ptr<MemoryStorage> storage) {
  storage_ = std::move(storage);
  storage_->on_append([this](std::string_view queue) {
    for (const auto& one : connections_) {
      const std::shared_ptr<Connection> connection = one.lock();
      if (connection && !connection->is_cut_ && connection->wake_) connection->wake_(queue);
    }
  });
}

Duration SimulatedStore::up_to(Duration longest) {
  return Duration(
      static_cast<Duration::rep>(random_.below(static_cast<std::uint64_t>(longest.count()) + 1)));
}

void SimulatedStore::Connection::cut() {
  is_cut_ = true;
  store_.cut(this);
  if (incarnation_ != 0) store_.gone_.insert(incarnation_);
}

void SimulatedStore::Connection::on_append(std::function<void(std::string_view queue)> wake) {
  wake_ = std::move(wake);
}

void SimulatedStore::Connection::close(Duration /*timeout*/) {
  is_closed_ = true;
  store_.cut(this);
}

persistence::StorageCounts SimulatedStore::Connection::counts() const {
  return store_.storage_->counts();
}

const persistence::StorageLimits& SimulatedStore::Connection::limits() const noexcept {
  return store_.settings_.limits;
}

void SimulatedStore::Connection::take(Operation& operation) {
  store_.take(shared_from_this(), operation);
}

}  // namespace troupe::testkit
