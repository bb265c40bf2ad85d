#include "hidden_actors.hpp"

#include <optional>
#include <troupe/troupe.hpp>

namespace troupe::hidden {

struct Number {
  using Reply = int;
};
struct Owed {
  using Reply = int;
};
struct Pay {};
struct Who {
  using Reply = std::string;
};
struct Begin {
  using Reply = std::string;
};

class Answerer : public Actor {
 public:
  using Protocol = Accepts<Number, Owed, Pay, Who>;
  int on(Number) { return 7; }
  Later<int> on(Owed) {
    auto [reply, later] = defer<int>();
    owed_.emplace(std::move(reply));
    return later;
  }
  void on(Pay) { owed_->set(9); }
  std::string on(Who) { return sender().path(); }

 private:
  std::optional<ReplyTo<int>> owed_;
};

class Asker : public Actor {
 public:
  using Protocol = Accepts<Begin>;
  Task<std::string> on(Begin) {
    const auto child = spawn<Answerer>("child");
    const auto number = co_await ask<Number>(child, {});
    const auto who = co_await ask<Who>(child, {});
    auto owed = child.ask(Owed{});
    child.tell(Pay{});
    const auto paid = co_await std::move(owed);
    co_return std::to_string(*number) + " for " + *who + ", then " + std::to_string(*paid);
  }
};

std::string run_actors(ActorSystem& system) {
  return system.spawn<Asker>("asker").ask(Begin{}).get().value();
}

}  // namespace troupe::hidden
