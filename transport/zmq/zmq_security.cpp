#include <troupe/transport/zmq/zmq_security.hpp>

#include <array>
#include <troupe/transport/transport.hpp>
#include <vector>
#include <zmq.hpp>
#include <zmq_addon.hpp>

namespace troupe::transport {
namespace {

constexpr const char* questions_endpoint = "inproc://zeromq.zap.01";
/// Names our listeners to ZeroMQ; it asks nobody without a name.
constexpr std::string_view zap_domain = "troupe";
constexpr std::string_view zap_version = "1.0";
/// Answered before others have their turn.
constexpr unsigned questions_per_round = 64;
constexpr std::size_t raw_key_bytes = 32;
/// Between two tries to bind again, where there is no file descriptor for it.
constexpr Duration bind_pause = std::chrono::milliseconds(5);
constexpr Duration bind_patience = std::chrono::seconds(1);

/// A question of ZAP 1.0: version, request id, domain, address, identity, mechanism, credentials.
class Question {
 public:
  explicit Question(const std::vector<zmq::message_t>& parts) noexcept : parts_(parts) {}

  [[nodiscard]] std::string_view request_id() const noexcept { return part(1); }
  [[nodiscard]] std::string_view host() const noexcept { return part(3); }

  /// The key that whoever connects has proven to hold; empty where there is none.
  [[nodiscard]] std::string key() const {
    const std::string_view raw = part(6);
    if (part(0) != zap_version || part(5) != "CURVE" || raw.size() != raw_key_bytes) return {};
    std::string text(key_characters + 1, '\0');
    zmq_z85_encode(text.data(), reinterpret_cast<const std::uint8_t*>(raw.data()), raw.size());
    text.pop_back();
    return text;
  }

 private:
  [[nodiscard]] std::string_view part(std::size_t index) const noexcept {
    return index < parts_.size() ? parts_[index].to_string_view() : std::string_view();
  }

  const std::vector<zmq::message_t>& parts_;
};

/// The answer: version, request id, status, words, user id, metadata.
void answer(zmq::socket_t& socket, std::string_view request_id, bool accepted,
            std::string_view user) {
  const std::array<std::string_view, 6> parts = {
      zap_version,          request_id, accepted ? "200" : "400", accepted ? "" : "unknown key",
      accepted ? user : "", ""};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    static_cast<void>(socket.send(zmq::buffer(parts[i]),
                                  last ? zmq::send_flags::none : zmq::send_flags::sndmore));
  }
}

}  // namespace

ZmqSecurity::ZmqSecurity(zmq::context_t& context, const KeyRing& ring) : ring_(ring) {
  if (!is_on()) return;
  questions_ = std::make_unique<zmq::socket_t>(context, zmq::socket_type::rep);
  questions_->set(zmq::sockopt::linger, 0);
  questions_->bind(questions_endpoint);
}

ZmqSecurity::~ZmqSecurity() = default;

void ZmqSecurity::secure_listener(zmq::socket_t& listener) {
  if (!is_on()) return;
  version_ = ring_.version();  // Before the key: at worst it is looked at twice.
  const KeyPair own = ring_.own();
  listener.set(zmq::sockopt::curve_server, true);
  listener.set(zmq::sockopt::curve_secretkey, own.secret_key);
  listener.set(zmq::sockopt::zap_domain, std::string(zap_domain));
  bound_with_ = own.public_key;
}

void ZmqSecurity::secure_dialler(zmq::socket_t& dialler, const std::string& server_key) const {
  if (!is_on()) return;
  const KeyPair own = ring_.own();
  dialler.set(zmq::sockopt::curve_publickey, own.public_key);
  dialler.set(zmq::sockopt::curve_secretkey, own.secret_key);
  dialler.set(zmq::sockopt::curve_serverkey, server_key);
}

int ZmqSecurity::descriptor() const { return questions_->get(zmq::sockopt::fd); }

bool ZmqSecurity::advance(SecuredListener& listener, Transport& transport, TimePoint now) {
  const bool answered = answer_questions(transport, now);
  return follow_key(listener, transport, now) || answered;
}

bool ZmqSecurity::answer_questions(Transport& transport, TimePoint now) {
  for (unsigned count = 0; count < questions_per_round; ++count) {
    std::vector<zmq::message_t> parts;
    if (!zmq::recv_multipart(*questions_, std::back_inserter(parts), zmq::recv_flags::dontwait)) {
      return count > 0;
    }
    const Question question(parts);
    const std::string key = question.key();
    const bool trusted = !ring_.owner_of(key).empty();
    answer(*questions_, question.request_id(), trusted, key);
    if (trusted) continue;
    transport.on_refused("the key " + key,
                         "which came from " + std::string(question.host()) +
                             " and is not among the trusted keys; to let that node in, add the "
                             "line: ITS-NAME " +
                             key,
                         now);
  }
  return true;
}

std::string_view ZmqSecurity::key_of(zmq::message_t& message) const {
  if (!is_on()) return {};
  const char* const key = zmq_msg_gets(message.handle(), "User-Id");
  return key != nullptr ? key : std::string_view();
}

bool ZmqSecurity::follow_key(SecuredListener& listener, Transport& transport, TimePoint now) {
  const bool is_new = version_ != ring_.version();
  if (is_new) {
    const std::string before = bound_with_;
    secure_listener(listener.socket());
    if (bound_with_ != before && bind_at_ == TimePoint::max()) {
      listener.unbind();
      bind_at_ = released_at_ = now;
      failure_told_ = false;
    }
  }
  const bool is_due = bind_at_ <= now;
  if (is_due) bind_again(listener, transport, now);
  return is_new || is_due;
}

void ZmqSecurity::bind_again(SecuredListener& listener, Transport& transport, TimePoint now) {
  if (listener.bind()) {
    bind_at_ = TimePoint::max();
    return;
  }
  bind_at_ = now + bind_pause;
  if (now - released_at_ < bind_patience || std::exchange(failure_told_, true)) return;
  transport.on_listener_lost("cannot listen with the new key (" +
                             std::string(zmq_strerror(zmq_errno())) + ")");
}

}  // namespace troupe::transport
