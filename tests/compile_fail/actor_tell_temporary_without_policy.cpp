// A temporary actor that is only told must end by itself, or it would stay for ever.
// expect: must end by itself: give T a stop policy

#include <troupe/troupe.hpp>

struct Job {};

class Worker : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Job>;
#ifdef FIXED
  static constexpr auto stop_policy = troupe::after_one_message();
#endif
  void on(Job) {}
};

void use(troupe::ActorSystem& system) { system.tell<Worker>(Job{}); }
