#include <troupe/transport/zmq_monitor.hpp>

#include <cstring>
#include <string>
#include <zmq.hpp>

namespace troupe::transport {

/// Owned by its handle, as the socket is known here.
struct ConnectionMonitor::End {
  explicit End(void* handle) noexcept : socket(zmq::from_handle, handle) {}
  ~End() { zmq_close(socket.handle()); }
  End(const End&) = delete;
  End& operator=(const End&) = delete;

  zmq::socket_ref socket;
};

ConnectionMonitor::ConnectionMonitor(void* context, void* socket, int events) : socket_(socket) {
  const std::string place =
      "inproc://events-" + std::to_string(reinterpret_cast<std::uintptr_t>(socket));
  if (zmq_socket_monitor(socket, place.c_str(), events) != 0) throw zmq::error_t();
  end_ = std::make_unique<End>(zmq_socket(context, ZMQ_PAIR));
  if (end_->socket.handle() == nullptr) throw zmq::error_t();
  end_->socket.set(zmq::sockopt::linger, 0);
  end_->socket.connect(place);
}

/// Before the end is closed: an event that nobody can take would block ZeroMQ.
ConnectionMonitor::~ConnectionMonitor() {
  static_cast<void>(zmq_socket_monitor(socket_, nullptr, 0));
}

int ConnectionMonitor::descriptor() const { return end_->socket.get(zmq::sockopt::fd); }

/// Two parts: u16 event and u32 value in host order, and the address.
std::optional<ConnectionEvent> ConnectionMonitor::take() {
  zmq::message_t head;
  if (!end_->socket.recv(head, zmq::recv_flags::dontwait)) return std::nullopt;
  zmq::message_t address;
  static_cast<void>(end_->socket.recv(address, zmq::recv_flags::none));
  std::uint16_t event = 0;
  std::uint32_t value = 0;
  if (head.size() == sizeof event + sizeof value) {
    std::memcpy(&event, head.data(), sizeof event);
    std::memcpy(&value, head.data<std::byte>() + sizeof event, sizeof value);
  }
  return ConnectionEvent{event, value};
}

}  // namespace troupe::transport
