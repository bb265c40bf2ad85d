// expect: this type cannot be serialised: give the field a serialisable type
// expect: add MSGPACK_DEFINE
// expect: static constexpr bool local_message = true;
// expect: CannotSerialise<Order,.*"handle".*, std::thread
#include <thread>
#include <troupe/wire/codec.hpp>

struct Order {
  int id;
#ifdef FIXED
  int handle;
#else
  std::thread handle;
#endif
};

int main() { troupe::wire::require_serialisable<Order>(); }
