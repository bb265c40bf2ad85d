// g++ before 13 destroys the argument twice; other compilers do not, and take it.
// only: g++ before 13
// expect: g\+\+ before 13 destroys the temporary
#include <array>
#include <string>
#include <troupe/troupe.hpp>

using namespace std::chrono_literals;

struct Price {
  using Reply = int;
  int item = 0;
};
struct Config {
  std::string region;
};

class Clerk : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Price>;
  explicit Clerk(const Config& config) : config_(config) {}
  int on(Price) { return static_cast<int>(config_.region.size()); }

 private:
  Config config_;
};

troupe::Task<int> use(troupe::Context& self, troupe::ActorRef<troupe::Accepts<Price>> shop) {
  const auto price = [&](const std::string&) { return shop.ask(Price{1}); };
  static_cast<void>(self);
  static_cast<void>(price);
#ifdef FIXED
  const Config config{"north"};
  auto answer = co_await self.ask<Clerk>(Price{1}, 1s, config);
#else
  auto answer = co_await self.ask<Clerk>(Price{1}, 1s, Config{"north"});
#endif
  co_return answer.ok() ? 1 : 0;
}
