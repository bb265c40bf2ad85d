#include <troupe/persistence/redis/greeting.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <troupe/base/printable.hpp>
#include <utility>

namespace troupe::redis {
namespace {

constexpr std::array<std::string_view, 4> passing = {"LOADING", "BUSY", "MASTERDOWN", "TRYAGAIN"};

bool will_pass(std::string_view reason) {
  return std::ranges::find(passing, reason.substr(0, reason.find(' '))) != passing.end() ||
         reason.starts_with("ERR max number of clients");
}

std::string what_came(const Reply& reply) {
  if (reply.kind == Reply::Kind::array) return "an array";
  return "'" +
         printable(reply.kind == Reply::Kind::integer ? std::to_string(reply.integer) : reply.text,
                   100) +
         "'";
}

}  // namespace

Greeting Greeting::to_server(const RedisUrl& url, const RedisSettings& settings) {
  Greeting greeting;
  if (!url.password.empty()) {
    greeting.add(Step::auth, url.user.empty() ? Command{"AUTH", url.password}
                                              : Command{"AUTH", url.user, url.password});
  }
  if (url.database != 0) {
    greeting.add(Step::select, Command{"SELECT", std::to_string(url.database)});
  }
  if (!settings.name.empty()) {
    greeting.add(Step::name, Command{"CLIENT", "SETNAME", settings.name});
  }
  greeting.add(Step::ping, Command{"PING"});
  if (url.by_sentinel()) greeting.add(Step::role, Command{"ROLE"});
  greeting.add(Step::info, Command{"INFO"});
  if (settings.accepts) greeting.add(Step::sync, Command{"CONFIG", "GET", "appendfsync"});
  for (const Script& script : settings.scripts) {
    greeting.add(Step::script, Command{"SCRIPT", "LOAD", script.source()});
  }
  return greeting;
}

Greeting Greeting::to_sentinel(const RedisUrl& url) {
  Greeting greeting;
  greeting.add(Step::master, Command{"SENTINEL", "get-master-addr-by-name", url.master});
  return greeting;
}

void Greeting::add(Step step, const Command& command) {
  steps_.push_back(step);
  bytes_ += command.bytes();
}

Greeting::Verdict Greeting::take(const Reply& reply) {
  const Verdict verdict = check(steps_[taken_], reply);
  if (verdict != Verdict::more) return verdict;
  return ++taken_ == steps_.size() ? Verdict::done : Verdict::more;
}

Greeting::Verdict Greeting::check(Step step, const Reply& reply) {
  const bool is_error = reply.kind == Reply::Kind::error;
  if (is_error && will_pass(reply.text)) return give_up(Verdict::failed, reply.text);
  switch (step) {
    case Step::auth:
    case Step::select:
      if (is_error) return give_up(Verdict::refused, reply.text);
      if (reply.is_status("OK")) return Verdict::more;
      return give_up(Verdict::failed, "it is no Redis server: it said " + what_came(reply));
    case Step::name: return Verdict::more;  // Of interest to people only.
    case Step::ping:
      if (reply.is_status("PONG")) return Verdict::more;
      if (is_error && (reply.text.starts_with("NOAUTH") || reply.text.starts_with("NOPERM"))) {
        return give_up(Verdict::refused, reply.text);
      }
      return give_up(Verdict::failed,
                     is_error ? reply.text
                              : "it is no Redis server: it answered PING with " + what_came(reply));
    case Step::role: return check_role(reply);
    case Step::info:
      if (reply.kind == Reply::Kind::string) facts_ = read_server_facts(reply.text);
      return Verdict::more;  // Whoever may not ask for it does without.
    case Step::sync:
      if (reply.kind == Reply::Kind::array && reply.elements.size() == 2) {
        facts_.append_sync = printable(reply.elements[1].text, 100);
      }
      return Verdict::more;                   // Likewise.
    case Step::script: return Verdict::more;  // The commands of a script that fails are told so.
    case Step::master: return check_master(reply);
  }
  return Verdict::more;
}

Greeting::Verdict Greeting::check_role(const Reply& reply) {
  if (reply.kind == Reply::Kind::error) return give_up(Verdict::refused, reply.text);
  const bool has_role = reply.kind == Reply::Kind::array && !reply.elements.empty();
  if (has_role && reply.elements.front().text == "master") return Verdict::more;
  return give_up(Verdict::failed, "the Sentinel names it, but it is no master (yet, or any more)");
}

Greeting::Verdict Greeting::check_master(const Reply& reply) {
  if (reply.kind == Reply::Kind::error) return give_up(Verdict::failed, reply.text);
  if (reply.is_nil()) {
    return give_up(Verdict::failed, "the Sentinel knows no master of this name");
  }
  if (reply.kind != Reply::Kind::array || reply.elements.size() != 2) {
    return give_up(Verdict::failed, "it is no Sentinel: it said " + what_came(reply));
  }
  const std::string& port = reply.elements[1].text;
  master_.host = reply.elements[0].text;
  const auto [end, failure] = std::from_chars(port.data(), port.data() + port.size(), master_.port);
  if (failure != std::errc() || end != port.data() + port.size() || master_.host.empty()) {
    return give_up(Verdict::failed, "the Sentinel names a master without host and port");
  }
  return Verdict::more;
}

Greeting::Verdict Greeting::give_up(Verdict verdict, const std::string& reason) {
  reason_ = printable(reason);
  return verdict;
}

}  // namespace troupe::redis
