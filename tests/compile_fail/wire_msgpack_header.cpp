// expect: a type with MSGPACK_DEFINE needs #include <troupe/wire/msgpack.hpp>
// expect: CannotSerialise<Legacy,
#ifdef FIXED
#include <troupe/wire/msgpack.hpp>
#else
#include <troupe/wire/codec.hpp>
#endif

// What MSGPACK_DEFINE expands to, in part.
struct Legacy {
  int id;

  template <class Packer>
  void msgpack_pack(Packer& packer) const {
    packer.pack_int(id);
  }
};

int main() { troupe::wire::require_serialisable<Legacy>(); }
