// MembersSimulation: cores of membership in virtual time, with delays, losses, cuts, pauses,
// restarts and drifting clocks, all from one seed.
//
// A place is a machine: its links can be cut, and one life after the other runs there. A life is
// one core with its own clock. A life that is condemned is started anew, as a supervisor does.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <troupe/base/random.hpp>
#include <troupe/cluster/membership.hpp>
#include <utility>
#include <vector>

namespace troupe::cluster::simulated {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct SimulationSettings {
  std::uint64_t seed = 1;
  std::size_t places = 5;
  std::size_t seeds = 3;  ///< How many of the first places are listed.
  MembershipSettings membership = MembershipSettings::local();
  Duration delay_min = std::chrono::microseconds(200);
  Duration delay_max = milliseconds(5);
  double drift = 0.01;
  bool encodes = false;  ///< Every message goes through its bytes.
  bool restarts_condemned = true;
};

struct Life {
  std::size_t number = 0;
  std::size_t place = 0;
  std::unique_ptr<Membership> core;
  double rate = 1;
  TimePoint started;  ///< As all times of the simulation: by the true clock.
  TimePoint resumed;
  TimePoint ended = TimePoint::max();
  bool is_running = true;
  bool is_paused = false;
  bool is_downed = false;                  ///< By an operator, or by another life at its address.
  TimePoint downed_at = TimePoint::max();  ///< By a table, which it may hear of much later.
  bool is_leaving = false;
  std::vector<std::function<void()>> held;  ///< What came while it was paused.
  TimePoint armed = TimePoint::max();

  [[nodiscard]] bool is_awake() const { return is_running && !is_paused; }
  [[nodiscard]] TimePoint local(TimePoint time) const {
    return TimePoint(seconds(1'000)) + scaled(time.time_since_epoch(), rate);
  }
  [[nodiscard]] TimePoint global(TimePoint time) const {
    if (time == TimePoint::max()) return time;
    return TimePoint() + scaled(time - TimePoint(seconds(1'000)), 1 / rate) + Duration(1'000);
  }
  [[nodiscard]] static Duration scaled(Duration duration, double by) {
    return Duration(static_cast<Duration::rep>(static_cast<double>(duration.count()) * by));
  }
};

class MembersSimulation {
 public:
  explicit MembersSimulation(const SimulationSettings& settings)
      : settings_(settings),
        random_(settings.seed * 7'919 + 1),
        links_(settings.places * settings.places),
        moved_(settings.places) {
    for (std::size_t i = 0; i < settings.seeds; ++i) {
      settings_.membership.formation.seeds.push_back(address_of(i));
    }
  }

  /// Called after each step of a life.
  std::function<void(Life&)> after_step;

  [[nodiscard]] TimePoint now() const { return now_; }
  [[nodiscard]] Random& random() { return random_; }
  [[nodiscard]] const SimulationSettings& settings() const { return settings_; }
  [[nodiscard]] const std::vector<std::unique_ptr<Life>>& lives() const { return lives_; }
  [[nodiscard]] std::uint64_t messages() const { return messages_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

  /// The life that runs at the place now; none if there is none.
  [[nodiscard]] Life* at(std::size_t place) const {
    const auto found = at_.find(address_of(place));
    return found == at_.end() || !found->second->is_running ? nullptr : found->second;
  }
  [[nodiscard]] std::vector<Life*> running() const {
    std::vector<Life*> found;
    for (const auto& life : lives_) {
      if (life->is_running) found.push_back(life.get());
    }
    return found;
  }

  Life& start(std::size_t place) {
    auto life = std::make_unique<Life>();
    life->number = lives_.size();
    life->place = place;
    life->rate = 1 + settings_.drift * (2 * random_.unit() - 1);
    life->started = life->resumed = now_;
    const Identity identity{address_of(place), random_.next() | 1U};
    life->core = std::make_unique<Membership>(settings_.membership, identity, random_.next(),
                                              life->local(now_));
    Life& started = *life;
    at_[identity.address] = life.get();
    lives_.push_back(std::move(life));
    step(started, [](Membership&, TimePoint) {});
    return started;
  }

  /// Ends at once and tells nobody; whoever watches dials again and is refused, unless cut off.
  void crash(Life& life) {
    if (!life.is_running) return;
    stop(life);
    const Identity gone = life.core->identity();
    for (Life* other : running()) {
      later_at(Duration(below(settings_.membership.detection.heartbeat / 5)), *other,
               [this, gone, other, place = life.place] {
                 if (is_cut(other->place, place) || at_.contains(gone.address)) return;
                 if (!can_be_answered(*other)) return;
                 step(*other,
                      [&](Membership& core, TimePoint time) { core.report_refused(gone, time); });
               });
    }
  }

  void pause(Life& life) { life.is_paused = true; }
  void resume(Life& life) {
    if (!life.is_paused) return;
    life.is_paused = false;
    life.resumed = now_;
    arm(life);
    std::vector<std::function<void()>> held;
    held.swap(life.held);
    for (const auto& event : held) event();
  }

  /// The next life at the place has another address.
  void move_address(std::size_t place) { ++moved_[place]; }

  void cut(std::size_t from, std::size_t to, bool is_cut = true) {
    link(from, to).is_cut = is_cut;
    link(from, to).bad = now_;
  }
  void cut_both(std::size_t a, std::size_t b, bool is_cut = true) {
    cut(a, b, is_cut);
    cut(b, a, is_cut);
  }
  void lose(std::size_t from, std::size_t to, double share) {
    link(from, to).loss = share;
    link(from, to).bad = now_;
  }
  void heal() {
    for (Link& each : links_) {
      if (each.is_cut || each.loss > 0) each.bad = now_;
      each.is_cut = false;
      each.loss = 0;
    }
  }
  [[nodiscard]] bool is_cut(std::size_t from, std::size_t to) const {
    return links_[from * settings_.places + to].is_cut;
  }
  /// Whether both directions have been without fault since `since`.
  [[nodiscard]] bool is_clean(std::size_t a, std::size_t b, TimePoint since) const {
    const auto good = [&](const Link& each) {
      return !each.is_cut && each.loss == 0 && each.bad <= since;
    };
    return good(links_[a * settings_.places + b]) && good(links_[b * settings_.places + a]);
  }

  void run_for(Duration span) { run_until(later(now_, span)); }
  void run_until(TimePoint end) {
    while (!events_.empty() && events_.front().at <= end) {
      std::ranges::pop_heap(events_, is_later);
      Event event = std::move(events_.back());
      events_.pop_back();
      now_ = event.at;
      event.run();
    }
    now_ = end;
  }
  void after(Duration span, std::function<void()> run) {
    events_.push_back({later(now_, span), ++number_, std::move(run)});
    std::ranges::push_heap(events_, is_later);
  }

  void step(Life& life, const std::function<void(Membership&, TimePoint)>& event) {
    if (!life.is_awake()) return;
    Membership& core = *life.core;
    const TimePoint time = life.local(now_);
    event(core, time);
    if (core.next_time() <= time) core.advance(time);
    perform(life, core.take_actions());
    if (after_step) after_step(life);
    arm(life);
  }

 private:
  struct Link {
    bool is_cut = false;
    double loss = 0;
    TimePoint bad = TimePoint::min();
  };
  struct Event {
    TimePoint at;
    std::uint64_t number = 0;
    std::function<void()> run;
  };
  static bool is_later(const Event& a, const Event& b) {
    return std::pair(a.at, a.number) > std::pair(b.at, b.number);
  }

  [[nodiscard]] Link& link(std::size_t from, std::size_t to) {
    return links_[from * settings_.places + to];
  }
  [[nodiscard]] Duration::rep below(Duration bound) {
    return static_cast<Duration::rep>(random_.below(static_cast<std::uint64_t>(bound.count())));
  }
  [[nodiscard]] std::string address_of(std::size_t place) const {
    const auto moved = moved_.empty() ? 0 : moved_[place];
    return "n" + std::to_string(place) + "@h" + std::to_string(moved) + ":1";
  }
  /// Answers go to whoever has the address now: another life there takes even refusals.
  [[nodiscard]] bool can_be_answered(const Life& life) const {
    const auto there = at_.find(life.core->identity().address);
    return there == at_.end() || there->second == &life;
  }
  [[nodiscard]] static std::size_t place_of(const std::string& address) {
    return std::stoul(address.substr(1));
  }

  void later_at(Duration span, Life& life, std::function<void()> run) {
    after(span, [&life, run = std::move(run)] {
      if (life.is_paused && life.is_running) {
        life.held.push_back(run);
      } else {
        run();
      }
    });
  }

  void arm(Life& life) {
    if (!life.is_running) return;
    const TimePoint at = std::max(life.global(life.core->next_time()), now_);
    if (at >= life.armed || at == TimePoint::max()) return;
    life.armed = at;
    events_.push_back({at, ++number_, [this, &life, at] {
                         if (life.armed != at) return;
                         life.armed = TimePoint::max();
                         step(life, [](Membership&, TimePoint) {});
                       }});
    std::ranges::push_heap(events_, is_later);
  }

  void perform(Life& life, Actions actions) {
    for (Envelope& envelope : actions.sent) carry(life, std::move(envelope));
    if (!actions.end) return;
    stop(life);
    if (*actions.end == End::condemned && settings_.restarts_condemned) {
      after(milliseconds(100 + random_.below(1'000)), [this, place = life.place] {
        if (at(place) == nullptr) start(place);
      });
    }
  }

  void stop(Life& life) {
    life.is_running = false;
    life.ended = now_;
    const auto here = at_.find(life.core->identity().address);
    if (here != at_.end() && here->second == &life) at_.erase(here);
  }

  void carry(Life& from, Envelope envelope) {
    ++messages_;
    if (settings_.encodes) {
      wire::Writer writer;
      encode(writer, envelope);
      bytes_ += writer.size();
      Identity to = std::move(envelope.to);
      envelope = *std::move(decode_envelope(writer.bytes()).value());
      envelope.to = std::move(to);
    }
    const std::size_t place = place_of(envelope.to.address);
    const Link& way = link(from.place, place);
    if (way.is_cut || (way.loss > 0 && random_.unit() < way.loss)) return;
    const auto delay = settings_.delay_min + Duration(below(settings_.delay_max));
    after(delay, [this, &from, place, envelope = std::move(envelope)]() mutable {
      const auto there = at_.find(envelope.to.address);
      if (there == at_.end()) return report(from, envelope.to, place, false);
      Life& life = *there->second;
      if (envelope.to.incarnation != 0 && envelope.to != life.core->identity()) {
        return report(from, envelope.to, place, true);
      }
      auto receive = [this, &life, envelope = std::move(envelope)] {
        step(life, [&](Membership& core, TimePoint time) { core.receive(envelope, time); });
      };
      if (life.is_paused) {
        if (life.held.size() < 10'000) life.held.push_back(std::move(receive));
      } else {
        receive();
      }
    });
  }

  /// What a transport finds out at an address where the identity does not live.
  void report(Life& to, const Identity& about, std::size_t place, bool is_replaced) {
    if (is_cut(place, to.place) || !can_be_answered(to)) return;
    step(to, [&](Membership& core, TimePoint time) {
      if (is_replaced) {
        core.report_replaced(about, time);
      } else {
        core.report_refused(about, time);
      }
    });
  }

  SimulationSettings settings_;
  Random random_;
  std::vector<Link> links_;
  std::vector<int> moved_;
  TimePoint now_;
  std::uint64_t number_ = 0;
  std::uint64_t messages_ = 0;
  std::uint64_t bytes_ = 0;
  std::vector<std::unique_ptr<Life>> lives_;
  std::map<std::string, Life*> at_;
  std::vector<Event> events_;
};

}  // namespace troupe::cluster::simulated
