#include <troupe/persistence/redis/pipeline.hpp>

#include <algorithm>
#include <troupe/persistence/redis/redis_failure.hpp>
#include <utility>

namespace troupe::redis {
namespace {

// What is given to the connection at a time. More would be taken back where the connection ends.
constexpr std::size_t output_bytes = 64 * 1'024;
// Of the memory that a large command needed, what stays.
constexpr std::size_t output_kept_max = 16 * output_bytes;
// Scripts that are loaded together where a server has lost one; of more, those that are missed.
constexpr std::size_t scripts_max = 64;

}  // namespace

void Pipeline::submit(Command command, Done done, TimePoint deadline) {
  ++commands_;
  ++counts_.submitted;
  bytes_ += command.size();
  if (command.script()) remember(*command.script());
  Pending& one = queued_.emplace_back(std::move(command), std::move(done), deadline);
  one.self = std::prev(queued_.end());
  due_.add(one);
}

std::string_view Pipeline::output() {
  if (output_at_ == output_.size()) fill();
  return std::string_view(output_).substr(output_at_);
}

void Pipeline::fill() {
  if (output_.capacity() > output_kept_max) output_ = std::string();
  output_.clear();
  output_at_ = 0;
  while (!queued_.empty() && output_.size() < output_bytes && held_.empty() && !paused_ &&
         in_flight_.size() < limits_.in_flight_max) {
    Pending& one = queued_.front();
    one.begin = given_;
    given_ += one.command.size();
    one.end = given_;
    output_ += one.command.bytes();
    one.where = Where::in_flight;
    in_flight_.splice(in_flight_.end(), queued_, one.self);
    if (to_send_ == in_flight_.end()) to_send_ = one.self;
  }
}

void Pipeline::written(std::size_t bytes, TimePoint now) {
  counts_.bytes_written += bytes;
  written_ += bytes;
  output_at_ += bytes;
  for (; to_send_ != in_flight_.end() && is_begun(*to_send_); ++to_send_) {
    to_send_->sent_at = now;
    if (!is_sent(*to_send_)) break;
    if (!to_send_->command.script()) release_bytes(*to_send_);
  }
}

bool Pipeline::received(Reply reply, TimePoint now) {
  if (in_flight_.empty() || !is_sent(in_flight_.front())) return false;
  heard_at_ = now;
  Pending& one = in_flight_.front();
  if (one.is_own) {
    erase(one);  // Where it failed, the next of the script's commands is told of that.
  } else if (!one.done) {
    ++counts_.late_replies;
    erase(one);
  } else if (reply.kind != Reply::Kind::error) {
    ++counts_.answered;
    finish(one, std::move(reply));
    erase(one);
  } else if (one.command.script() && !one.was_missed && reply.text.starts_with("NOSCRIPT")) {
    hold(one);
  } else {
    ++counts_.refused;
    finish(one, server_error(reply.text));
    erase(one);
  }
  release_held_if_due();
  return true;
}

void Pipeline::hold(Pending& one) {
  ++counts_.scripts_missed;
  one.was_missed = true;
  call_back_unbegun();
  if (to_send_ == one.self) ++to_send_;
  one.where = Where::held;
  held_.splice(held_.end(), in_flight_, one.self);
}

void Pipeline::release_held_if_due() {
  if (held_.empty() || !in_flight_.empty()) return;
  const auto first = held_.begin();
  std::vector<Script> scripts = scripts_;
  for (Pending& one : held_) {
    one.where = Where::queued;
    const Script& script = *one.command.script();
    if (std::ranges::find(scripts, script.sha(), &Script::sha) == scripts.end()) {
      scripts.push_back(script);
    }
  }
  queued_.splice(queued_.begin(), held_);
  for (const Script& script : scripts) load_script(script, first);
}

void Pipeline::remember(const Script& script) {
  if (scripts_.size() >= scripts_max) return;
  if (std::ranges::find(scripts_, script.sha(), &Script::sha) == scripts_.end()) {
    scripts_.push_back(script);
  }
}

void Pipeline::load_script(const Script& script, Commands::iterator before) {
  ++commands_;
  const auto place = queued_.emplace(before, Command{"SCRIPT", "LOAD", script.source()}, nullptr,
                                     TimePoint::min());
  place->self = place;
  place->is_own = true;
  bytes_ += place->command.size();
}

void Pipeline::connection_ended(ErrorCode code, const std::string& reason) {
  while (!in_flight_.empty()) {
    Pending& one = in_flight_.back();
    const bool waits = !one.is_own && one.done;
    if (waits && !is_sent(one)) {
      ++counts_.sent_again;
      move_to_front(in_flight_, one.self);
      continue;
    }
    to_send_ = in_flight_.end();
    if (!waits) erase(one);
    // Those that were sent fail in their order, and all others are out of the list.
    if (waits) break;
  }
  to_send_ = in_flight_.end();
  while (!in_flight_.empty()) {
    Pending& one = in_flight_.front();
    if (!one.is_own && one.done) {
      fail(one, code, reason, Execution::unknown);
      if (code == ErrorCode::frame_too_large) code = ErrorCode::node_unreachable;
    }
    erase(one);
  }
  while (!held_.empty()) move_to_front(held_, std::prev(held_.end()));
  std::erase_if(queued_, [this](Pending& one) {
    if (!one.is_own) return false;
    release_bytes(one);
    --commands_;
    return true;
  });
  output_.clear();
  output_at_ = 0;
  given_ = written_ = 0;
  heard_at_ = TimePoint::min();
  paused_ = false;
}

void Pipeline::pause() {
  paused_ = true;
  call_back_unbegun();
}

void Pipeline::move_to_front(Commands& from, Commands::iterator one) {
  if (to_send_ == one) to_send_ = in_flight_.end();
  one->where = Where::queued;
  one->was_missed = false;
  queued_.splice(queued_.begin(), from, one);
}

/// What no byte was written of goes back to the queue, and out of the output.
void Pipeline::call_back_unbegun() {
  while (!in_flight_.empty() && !is_begun(in_flight_.back())) {
    const auto last = std::prev(in_flight_.end());
    given_ = last->begin;
    output_.resize(output_.size() - last->command.size());
    const bool was_missed = last->was_missed;
    move_to_front(in_flight_, last);
    last->was_missed = was_missed;
  }
}

void Pipeline::expire(TimePoint now, std::string_view no_connection) {
  while (!due_.empty() && due_.first().deadline <= now) expire_one(due_.first(), no_connection);
  release_held_if_due();
}

void Pipeline::expire_one(Pending& one, std::string_view no_connection) {
  ++counts_.timed_out;
  if (one.where == Where::in_flight && !is_begun(one)) call_back_unbegun();
  if (one.where == Where::in_flight) {
    const char* reason = is_sent(one) ? "sent, and not answered in time"
                                      : "sent in part, and the server took no more of it in time";
    fail(one, ErrorCode::timeout, reason, Execution::unknown);
    return;
  }
  std::string reason = "not sent in time: ";
  reason += no_connection.empty() ? "the server is too slow for what waits" : no_connection;
  fail(one, ErrorCode::timeout, std::move(reason), Execution::not_executed);
  erase(one);
}

void Pipeline::fail_unsent(ErrorCode code, const std::string& reason) {
  call_back_unbegun();
  for (Commands* commands : {&held_, &queued_}) {
    while (!commands->empty()) {
      Pending& one = commands->front();
      if (!one.is_own) fail(one, code, reason, Execution::not_executed);
      erase(one);
    }
  }
}

TimePoint Pipeline::deadline() const noexcept {
  return due_.empty() ? hung_at() : std::min(due_.first().deadline, hung_at());
}

TimePoint Pipeline::hung_at() const noexcept {
  if (in_flight_.empty() || !is_begun(in_flight_.front())) return TimePoint::max();
  const Pending& first = in_flight_.front();
  return std::max(first.deadline, later(std::max(heard_at_, first.sent_at), limits_.silence_max));
}

std::vector<Pipeline::Outcome> Pipeline::take_outcomes() noexcept {
  return std::exchange(outcomes_, {});
}

void Pipeline::finish(Pending& one, Result<Reply> result) {
  due_.remove(one);
  outcomes_.push_back({std::exchange(one.done, nullptr), std::move(result)});
}

void Pipeline::fail(Pending& one, ErrorCode code, std::string reason, Execution execution) {
  ++(execution == Execution::not_executed ? counts_.not_executed : counts_.unknown);
  finish(one, Error(code, std::move(reason), execution));
}

void Pipeline::erase(Pending& one) {
  --commands_;
  release_bytes(one);
  due_.remove(one);
  Commands& from = one.where == Where::queued ? queued_
                   : one.where == Where::held ? held_
                                              : in_flight_;
  if (one.where == Where::in_flight && to_send_ == one.self) ++to_send_;
  from.erase(one.self);
}

void Pipeline::release_bytes(Pending& one) {
  if (one.command.bytes().data() == nullptr) return;
  bytes_ -= one.command.size();
  one.command.release();
}

}  // namespace troupe::redis
