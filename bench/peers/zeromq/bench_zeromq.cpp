// The work of two processes, done by ZeroMQ alone: `bench_zeromq WORKLOAD WORKERS` prints one plain
// number.
//
// One message is one frame: PUSH to PULL for tells, DEALER to ROUTER for asks. There are no
// actors and no codec: the fields are copied into the frame and the number out of it. The number of
// workers does not matter: each process has one thread of its own and one of ZeroMQ's, more than
// two cores can run. Longer queues than ZeroMQ's own 1,000 messages make tells no faster.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>
#include <zmq.hpp>

#include "two_processes.hpp"

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr long short_tells = 3'000'000;
constexpr long long_tells = 1'000'000;
constexpr long concurrent_asks = 1'000'000;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void must_equal(const char* what, long expected, long counted) {
  if (expected == counted) return;
  std::fprintf(stderr, "bench_zeromq: %s: expected %ld, got %ld\n", what, expected, counted);
  std::exit(1);
}

zmq::socket_t open(zmq::context_t& context, zmq::socket_type type) {
  zmq::socket_t socket(context, type);
  socket.set(zmq::sockopt::linger, 0);
  if (type == zmq::socket_type::router || type == zmq::socket_type::dealer) {
    // A ROUTER drops what is past its limit, and has to hold every outstanding ask.
    socket.set(zmq::sockopt::sndhwm, 2 * static_cast<int>(asks_outstanding));
    socket.set(zmq::sockopt::rcvhwm, 2 * static_cast<int>(asks_outstanding));
  }
  return socket;
}

std::string bind(zmq::socket_t& socket) {
  socket.bind("tcp://127.0.0.1:*");
  return socket.get(zmq::sockopt::last_endpoint);
}

void send_number(zmq::socket_t& socket, std::int64_t number,
                 zmq::send_flags flags = zmq::send_flags::none) {
  socket.send(zmq::buffer(&number, sizeof number), flags);
}

std::int64_t number_in(const zmq::message_t& frame) {
  std::int64_t number = -1;
  if (frame.size() < sizeof number) return number;
  std::memcpy(&number, frame.data(), sizeof number);
  return number;
}

std::int64_t receive_number(zmq::socket_t& socket) {
  zmq::message_t frame;
  static_cast<void>(socket.recv(frame));
  return number_in(frame);
}

// --- Tells ---

// Counts tells until a frame comes that is empty, and sends the count; a tell that is out of its
// order makes it -1.
void count(std::FILE* said) {
  zmq::context_t context(1);
  zmq::socket_t tells = open(context, zmq::socket_type::pull);
  zmq::socket_t counts = open(context, zmq::socket_type::push);
  const std::string tells_at = bind(tells);
  say_line(said, tells_at + " " + bind(counts));
  std::int64_t counted = 0;
  bool in_order = true;
  zmq::message_t frame;
  while (tells.recv(frame)) {
    if (frame.empty()) {
      send_number(counts, in_order ? counted : -1);
    } else {
      in_order = in_order && number_in(frame) == counted;
      ++counted;
    }
  }
}

void tell(zmq::socket_t& socket, std::int64_t number, const std::string& text) {
  const std::int64_t account = number / 2;
  const auto length = static_cast<std::uint16_t>(text.size());
  zmq::message_t frame(sizeof number + sizeof account + sizeof length + text.size());
  char* place = frame.data<char>();
  std::memcpy(place, &number, sizeof number);
  std::memcpy(place + 8, &account, sizeof account);
  std::memcpy(place + 16, &length, sizeof length);
  std::memcpy(place + 18, text.data(), text.size());
  socket.send(frame, zmq::send_flags::none);
}

double tells_per_second(long all, std::size_t text_bytes) {
  SecondProcess second(count);
  const std::string addresses = second.line();
  const std::size_t space = addresses.find(' ');
  zmq::context_t context(1);
  zmq::socket_t tells = open(context, zmq::socket_type::push);
  zmq::socket_t counts = open(context, zmq::socket_type::pull);
  tells.connect(addresses.substr(0, space));
  counts.connect(addresses.substr(space + 1));
  const auto how_many = [&] {
    tells.send(zmq::message_t(), zmq::send_flags::none);
    return receive_number(counts);
  };
  must_equal("tells before the first", 0, how_many());

  const std::string text(text_bytes, 'x');
  const auto start = Clock::now();
  for (long number = 0; number < all; ++number) tell(tells, number, text);
  const long counted = how_many();
  const double seconds = seconds_since(start);
  must_equal("tells in order", all, counted);
  return static_cast<double>(all) / seconds;
}

// --- Asks ---

void answer(std::FILE* said) {
  zmq::context_t context(1);
  zmq::socket_t asks = open(context, zmq::socket_type::router);
  say_line(said, bind(asks));
  zmq::message_t asker;
  while (asks.recv(asker)) {
    const std::int64_t question = receive_number(asks);
    asks.send(asker, zmq::send_flags::sndmore);
    send_number(asks, question + 1);
  }
}

// An asker, connected to who answers; its first ask has been answered.
class Asker {
 public:
  Asker() : second_(answer), context_(1), socket_(open(context_, zmq::socket_type::dealer)) {
    socket_.connect(second_.line());
    ask(0);
    await_answer_to(0);
  }

  void ask(long number) { send_number(socket_, number); }
  void await_answer_to(long number) {
    must_equal("an answer", number + 1, receive_number(socket_));
  }

  // Of both processes.
  [[nodiscard]] Switches switches() const {
    return switches_of(::getpid()) + switches_of(second_.pid());
  }

 private:
  SecondProcess second_;
  zmq::context_t context_;
  zmq::socket_t socket_;
};

double asks_per_second() {
  Asker asker;
  const auto start = Clock::now();
  for (long number = 0; number < asks_outstanding; ++number) asker.ask(number);
  for (long number = 0; number < concurrent_asks; ++number) {
    asker.await_answer_to(number);
    if (number + asks_outstanding < concurrent_asks) asker.ask(number + asks_outstanding);
  }
  return static_cast<double>(concurrent_asks) / seconds_since(start);
}

double ask_median_us() {
  Asker asker;
  std::vector<double> microseconds;
  for (long number = 0; number < untimed_asks + timed_asks; ++number) {
    const auto start = Clock::now();
    asker.ask(number);
    asker.await_answer_to(number);
    if (number >= untimed_asks) microseconds.push_back(seconds_since(start) * 1e6);
  }
  return quantile(std::move(microseconds), 0.5);
}

// Each.
double ask_switches(long Switches::* kind) {
  Asker asker;
  Switches before;
  for (long number = 0; number < untimed_asks + timed_asks; ++number) {
    if (number == untimed_asks) before = asker.switches();
    asker.ask(number);
    asker.await_answer_to(number);
  }
  return static_cast<double>((asker.switches() - before).*kind) / timed_asks;
}

double figure(const std::string& workload) {
  if (workload == "remote_tell_32") return tells_per_second(short_tells, short_text_bytes);
  if (workload == "remote_tell_1k") return tells_per_second(long_tells, long_text_bytes);
  if (workload == "remote_ask_1000") return asks_per_second();
  if (workload == "remote_ask_p50_us") return ask_median_us();
  if (workload == "remote_ask_switches") return ask_switches(&Switches::voluntary);
  if (workload == "remote_ask_forced_switches") return ask_switches(&Switches::forced);
  std::fprintf(stderr, "bench_zeromq: no workload is called %s\n", workload.c_str());
  std::exit(2);
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: bench_zeromq WORKLOAD WORKERS\n");
    return 2;
  }
  std::printf("%.6f\n", bench::figure(argv[1]));
}
