// A restart makes the instance anew, from copies of the arguments.
// first: T must be constructible from copies of the arguments
// lines: 15
// expect: T must be constructible from copies of the arguments

#include <memory>
#include <troupe/troupe.hpp>

struct Deposit {};
#ifdef FIXED
using Book = std::shared_ptr<int>;
#else
using Book = std::unique_ptr<int>;
#endif

class Account : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Deposit>;
  explicit Account(Book book) : book_(std::move(book)) {}
  void on(Deposit) {}

 private:
  Book book_;
};

void use(troupe::ActorSystem& system) { system.spawn<Account>("account", Book(new int(1))); }
