#include <troupe/transport/connections/zmq_monitor.hpp>

#include <cstring>
#include <string>
#include <zmq.hpp>

namespace troupe::transport {
namespace {

/// Names a watch to ZeroMQ. Not with a zero first: such names are its own.
std::string name_of(std::uint64_t watch) { return "w" + std::to_string(watch); }

std::uint64_t watch_of(const zmq::message_t& name) {
  std::uint64_t number = 0;
  for (const char digit : name.to_string_view().substr(1)) {
    number = number * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  return number;
}

}  // namespace

/// A ROUTER, which says from whom each event has come. Owned by its handle, as the context is known
/// by its handle here.
struct ConnectionMonitors::End {
  explicit End(void* handle) : socket(zmq::from_handle, handle) {
    if (handle == nullptr) throw zmq::error_t();
  }
  ~End() { zmq_close(socket.handle()); }
  End(const End&) = delete;
  End& operator=(const End&) = delete;

  zmq::socket_ref socket;
};

ConnectionMonitors::ConnectionMonitors(void* context)
    : end_(std::make_unique<End>(zmq_socket(context, ZMQ_ROUTER))) {
  end_->socket.set(zmq::sockopt::linger, 0);
  end_->socket.set(zmq::sockopt::rcvhwm, 0);
}

ConnectionMonitors::~ConnectionMonitors() = default;

std::uint64_t ConnectionMonitors::watch(void* socket, int events) {
  const std::string name = name_of(++watches_);
  const std::string place =
      "inproc://events-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)) + "-" + name;
  if (zmq_socket_monitor(socket, place.c_str(), events) != 0) throw zmq::error_t();
  end_->socket.set(zmq::sockopt::connect_routing_id, name);
  end_->socket.connect(place);
  is_touched_ = true;
  return watches_;
}

void ConnectionMonitors::unwatch(void* socket) noexcept {
  static_cast<void>(zmq_socket_monitor(socket, nullptr, 0));
}

int ConnectionMonitors::descriptor() const { return end_->socket.get(zmq::sockopt::fd); }

/// Whose it is; u16 event and u32 value in host order; the address.
std::optional<ConnectionEvent> ConnectionMonitors::take() {
  zmq::message_t name;
  is_touched_ = is_touched_ && end_->socket.recv(name, zmq::recv_flags::dontwait);
  if (!is_touched_) return std::nullopt;
  zmq::message_t head;
  zmq::message_t address;
  static_cast<void>(end_->socket.recv(head, zmq::recv_flags::none));
  static_cast<void>(end_->socket.recv(address, zmq::recv_flags::none));
  std::uint16_t event = 0;
  std::uint32_t value = 0;
  if (head.size() == sizeof event + sizeof value) {
    std::memcpy(&event, head.data(), sizeof event);
    std::memcpy(&value, head.data<std::byte>() + sizeof event, sizeof value);
  }
  return ConnectionEvent{watch_of(name), event, value};
}

}  // namespace troupe::transport
