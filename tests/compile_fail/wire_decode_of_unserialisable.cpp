// expect: CannotSerialise<Order,.*"handle".*, std::thread
#include <thread>
#include <troupe/wire/codec.hpp>

struct Order {
#ifdef FIXED
  int handle;
#else
  std::thread handle;
#endif
};

bool read(troupe::wire::Reader& reader) {
  Order order;
  troupe::wire::decode_into(reader, order);
  return reader.ok();
}
