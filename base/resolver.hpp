// Resolver: looks up the names of hosts on threads of its own, so that a name server that does not
// answer delays nobody: neither who asks, nor the resolver's end. A look-up cannot be broken off,
// so its thread is left to itself, with all that it needs; how many there may be is limited.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace troupe {

/// What is known of a host.
struct HostAddresses {
  std::vector<std::string> hosts = {};  ///< Numeric, in the order in which they are to be tried.
  std::string reason = {};              ///< Without any: why.
  bool own_lack = false;                ///< Without any: this process lacks what it takes to ask.
};

/// Owner only. The owner's wake function is called on other threads until this ends.
class Resolver {
 public:
  /// Blocks until it knows. Called on any thread, on several at once, and maybe after the end of
  /// whoever passed it on.
  using LookUp = std::function<HostAddresses(const std::string& host)>;

  /// Look-ups at a time in one process, over all its resolvers; those after them wait for their
  /// turn. Only names whose server is silent keep a thread for long.
  static constexpr std::size_t threads_max = 4;

  struct Answer {
    std::string host;
    HostAddresses addresses;
  };

  /// `wake` is called when there is an answer to take, under a lock of the resolver's: it must
  /// neither block nor call the resolver.
  Resolver(LookUp look_up, std::function<void()> wake);
  /// Waits for no look-up. When it has returned, `wake` is called no more.
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// Begins to look up a host, unless that is under way. Its answer is one for all who asked; where
  /// the system gives no thread for it, that is the answer.
  void ask(const std::string& host);
  /// Nobody waits for this host any more: it is not looked up if that has not begun.
  void forget(const std::string& host);

  /// Whether a host that was asked for waits for its turn: nobody has begun to look it up.
  [[nodiscard]] bool is_waiting(const std::string& host) const;

  /// The answers that have come since the last call, in their order. To be called now and then even
  /// without a wake while is_waiting(): it starts what other resolvers had left no thread for.
  [[nodiscard]] std::vector<Answer> take();

  /// Look-ups that are under way in this process. Where it says none, all that their functions did
  /// has happened before. Any thread.
  [[nodiscard]] static std::size_t under_way() noexcept;

 private:
  struct State;
  const std::shared_ptr<State> state_;
};

/// Whether a host, without brackets, is an IP address and needs no look-up.
[[nodiscard]] bool is_numeric_host(const std::string& host);

/// The addresses of a host, as the system's resolver knows them: getaddrinfo(3), with what is in
/// /etc/hosts. Blocks, for as long as the name server takes and the system allows; any thread.
[[nodiscard]] HostAddresses look_up_host(const std::string& host);

}  // namespace troupe
