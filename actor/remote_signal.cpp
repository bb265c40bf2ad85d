#include <troupe/actor/remote_signal.hpp>
namespace troupe::runtime {
void receive_signal(SystemCore&, RemoteTarget&, RemoteSignal) noexcept {}
void node_lost(SystemCore&, RemoteTarget&) noexcept {}
}
