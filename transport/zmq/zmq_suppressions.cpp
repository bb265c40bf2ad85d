#include <troupe/transport/zmq/zmq_suppressions.hpp>

// A file of its own, also in a unity build: only programs that ask for it are to link it.
namespace troupe::transport {

extern const char tsan_suppressions;
const char tsan_suppressions = 0;

}  // namespace troupe::transport

extern "C" {

const char* __tsan_default_suppressions();  // NOLINT(bugprone-reserved-identifier)
const char* __tsan_default_suppressions() {
  return "called_from_lib:libzmq.so\ncalled_from_lib:libsodium.so\n";
}

}  // extern "C"
