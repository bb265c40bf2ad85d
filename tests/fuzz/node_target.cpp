// A whole node among strangers: frames in any order on connections of other nodes' and on the one
// that it has dialled itself. Nothing of it keeps the node from serving those who come later.
//
//   input   steps, up to the end
//   step    u8 where, u16 length, and as many bytes of a frame
//   where   0, 1, 2  on the control, ordinary or large connection of a peer that was welcomed
//           3        an answer on the connection that the node has dialled
//           4        no frame: that connection is lost
//           5        no frame: `length` milliseconds pass
//           6, 7     on connections of strangers
//
// Where the bytes of a frame are "actor #" and a digit, the id of that actor of the node stands.
#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <troupe/actor/actor_system.hpp>
#include <troupe/actor/remote_child.hpp>
#include <troupe/testkit/stepped_scheduler.hpp>
#include <troupe/testkit/test_platform.hpp>
#include <troupe/transport/transport.hpp>
#include <troupe/wire/big_endian.hpp>
#include <troupe/wire/fnv1a.hpp>

#include "target.hpp"

namespace {

using namespace std::chrono_literals;
using namespace troupe;
using namespace troupe::transport;

struct Note {
  static constexpr std::string_view wire_name = "Note";
  std::string text;
  std::optional<int> number;
};
struct Order {
  static constexpr std::string_view wire_name = "Order";
  std::vector<std::variant<int, Note>> lines;
  std::vector<AnyRef> suppliers;
};
struct Total {
  static constexpr std::string_view wire_name = "Total";
  using Reply = Order;
};

/// Does with what it is sent what actors do: keeps it, sends it on, watches, and fails.
class Shop : public Actor {
 public:
  using Protocol = Accepts<Note, Order, Total>;
  explicit Shop(std::string name = "") : name_(std::move(name)) {}

  void on(Note note) {
    if (note.number == 0) throw std::invalid_argument(note.text);
    if (note.number == 1) stop();
  }
  void on(Order order) {
    for (const AnyRef& supplier : order.suppliers) {
      supplier.tell(Note{name_, 7});
      watch(supplier);
    }
    last_ = std::move(order);
  }
  Order on(Total) { return last_; }
  void on(const Terminated& gone) { last_.suppliers = {gone.ref}; }

 private:
  std::string name_;
  Order last_;
};

struct Children {
  static constexpr bool local_message = true;
  using Reply = std::vector<AnyRef>;
};

/// Has a child on another node.
class Owner : public Actor {
 public:
  using Protocol = Accepts<Children>;
  explicit Owner(NodeAddress there)
      : spawned_(spawn_on<Shop>(std::move(there), "shop", std::string("there"))) {}
  std::vector<AnyRef> on(Children) { return children(); }

 private:
  Future<ActorRef<Shop::Protocol>> spawned_;
};

const NodeAddress own_address{"node", "h", 1};
const NodeAddress peer_address{"peer", "h", 2};

/// The node, and a network that loses all that it is given.
class LoneNode final : public Carrier, public testkit::EventSource {
 public:
  LoneNode()
      : world_(std::make_shared<testkit::SteppedWorld>(std::make_shared<testkit::ManualClock>())),
        system_("node", {}, testkit::test_platform(world_->shared_clock()),
                testkit::make_stepped(world_)),
        keys_(SecuritySettings{}),
        transport_(system_.core(), {own_address, 1}, {.frame_bytes_max = 2'048}, keys_) {
    world_->add(*this);
    transport_.open(*this);
    system_.offers<Shop, std::string>("shop");
    const auto owner = system_.spawn<Owner>("owner", peer_address);
    actors_ = owner.ask(Children{}).get().value();
    actors_.insert(actors_.end(), {owner, system_.spawn<Shop>("shop")});
    const AnyRef there = transport_.select({peer_address, "/user/shop"}).value();
    answer_ = there.ask(Total{}, 10s);
    pass(1ms);
  }
  ~LoneNode() {
    world_->remove(*this);
    transport_.close();
  }

  void hello(const ConnectionId& from, Lane lane, const Hello& hello) {
    wire::Writer frame;
    begin_frame(frame, lane);
    append(frame, hello);
    on_frame(from, frame.bytes());
  }
  void on_frame(const ConnectionId& from, std::span<const std::byte> bytes) {
    // In a block of its own, as ZeroMQ has it: a read past the end is seen.
    const auto owner = std::make_shared<std::vector<std::byte>>(bytes.begin(), bytes.end());
    transport_.on_frame(from, {*owner, owner}, world_->clock().now(), {});
  }
  void on_answer(std::span<const std::byte> bytes) {
    const std::vector<std::byte> frame(bytes.begin(), bytes.end());
    if (dialled_ != nullptr) transport_.on_answer(*dialled_, frame, world_->clock().now());
  }
  void lose() {
    if (dialled_ != nullptr) transport_.on_lost(*dialled_, "lost", world_->clock().now());
  }
  void pass(Duration time) { world_->run_for(time); }

  [[nodiscard]] ActorSystem& system() noexcept { return system_; }
  [[nodiscard]] bool has_answered(const ConnectionId& connection) const {
    return answered_.contains(connection);
  }
  /// One of its actors, or of the children that others have here.
  [[nodiscard]] AnyRef actor(std::size_t number) const {
    if (number < actors_.size()) return actors_[number];
    const auto child = system_.try_find_any("/remote/shop-1");
    return child.ok() ? *child : AnyRef();
  }

  // Carrier.
  void dial(PeerLink& link, Lane /*lane*/, const NodeAddress& address,
            const std::string& /*server_key*/) override {
    if (address == peer_address) dialled_ = &link;
  }
  void hang_up(PeerLink& link) override {
    if (dialled_ == &link) dialled_ = nullptr;
  }
  [[nodiscard]] bool send(PeerLink& /*link*/, Lane /*lane*/, wire::Writer& /*frame*/) override {
    return true;
  }
  [[nodiscard]] Sent send_reverse(const ConnectionId& /*connection*/,
                                  std::span<const std::byte> /*frame*/) override {
    return Sent::yes;
  }
  bool answer(const ConnectionId& connection, std::span<const std::byte> /*frame*/) override {
    answered_.insert(connection);
    return true;
  }
  void wake() noexcept override { awake_ = true; }

  // EventSource.
  [[nodiscard]] TimePoint next() const override {
    return awake_ ? world_->clock().now() : transport_.next_deadline();
  }
  void advance(TimePoint now) override {
    awake_ = false;
    transport_.advance(now);
  }

 private:
  const std::shared_ptr<testkit::SteppedWorld> world_;
  ActorSystem system_;
  KeyRing keys_;
  Transport transport_;
  std::vector<AnyRef> actors_;
  std::optional<Future<Order>> answer_;  // To a question to the peer.
  PeerLink* dialled_ = nullptr;
  std::set<ConnectionId> answered_;
  bool awake_ = false;
};

/// Puts the ids of actors where the input asks for them.
void fill_in_ids(std::span<std::byte> frame, const LoneNode& node) {
  constexpr std::string_view mark = "actor #";
  const std::string_view text(reinterpret_cast<const char*>(frame.data()), frame.size());
  std::size_t at = text.find(mark);
  while (at < frame.size() - mark.size()) {
    const auto digit = static_cast<unsigned char>(text[at + mark.size()]);
    wire::store_big_endian(frame.data() + at, node.actor(std::size_t{digit} - '0').id());
    at = text.find(mark, at + mark.size());
  }
}

/// Carries out the first step of the input and returns the rest.
std::span<const std::byte> take_step(LoneNode& node, std::span<const std::byte> input) {
  constexpr std::size_t head_bytes = 3;
  if (input.size() < head_bytes) return {};
  const auto where = std::to_integer<unsigned>(input[0]) % 8;
  const std::size_t length = wire::load_big_endian<std::uint16_t>(input.data() + 1);
  input = input.subspan(head_bytes);
  if (where == 4) {
    node.lose();
    return input;
  }
  if (where == 5) {
    node.pass(std::chrono::milliseconds(length));
    return input;
  }
  const std::size_t size = std::min(length, input.size());
  std::vector<std::byte> frame(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(size));
  fill_in_ids(frame, node);
  if (where == 3) {
    node.on_answer(frame);
  } else {
    node.on_frame("connection " + std::to_string(where), frame);
  }
  node.pass(1ms);
  return input.subspan(size);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto input = as_input(data, size);
  // A number that the input cannot know.
  const std::uint64_t newcomer =
      wire::Fnv1a().append({reinterpret_cast<const char*>(data), size}).value();
  LoneNode node;
  for (const Lane lane : {Lane::control, Lane::ordinary, Lane::large}) {
    node.hello("connection " + std::to_string(index_of(lane)), lane,
               {.incarnation = 2, .session = 1, .cluster = "troupe", .address = "peer@h:2"});
  }
  while (!input.empty()) input = take_step(node, input);

  node.hello("newcomer", Lane::control,
             {.incarnation = newcomer, .session = 1, .cluster = "troupe", .address = "new@h:3"});
  TROUPE_CHECK(node.has_answered("newcomer"), "welcome a node whatever others have sent");
  const auto shop = node.system().spawn<Shop>("another");
  TROUPE_CHECK(shop.ask(Total{}, 1s).get().ok(), "run actors whatever others have sent");
  return 0;
}
