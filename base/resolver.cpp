#include <troupe/base/resolver.hpp>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <deque>
#include <mutex>
#include <system_error>
#include <troupe/base/descriptors.hpp>
#include <troupe/base/detached_thread.hpp>
#include <unordered_set>
#include <utility>

namespace troupe {
namespace {

/// A look-up's thread outlives everybody who could count it, so it is the process that counts.
constinit std::atomic<std::size_t> look_up_threads{0};

[[nodiscard]] bool claim_thread() noexcept {
  std::size_t count = look_up_threads.load(std::memory_order_relaxed);
  while (count < Resolver::threads_max) {
    if (look_up_threads.compare_exchange_weak(count, count + 1, std::memory_order_relaxed))
      return true;
  }
  return false;
}

/// Releases what the look-up did to whoever reads under_way().
void give_back_thread() noexcept { look_up_threads.fetch_sub(1, std::memory_order_release); }

std::string numeric_host(const addrinfo& address) {
  std::array<char, NI_MAXHOST> host{};
  const int failure =
      ::getnameinfo(address.ai_addr, address.ai_addrlen, host.data(),
                    static_cast<socklen_t>(host.size()), nullptr, 0, NI_NUMERICHOST);
  return failure == 0 ? host.data() : std::string();
}

HostAddresses not_found(const std::string& host, int failure, int error) {
  if (failure == EAI_SYSTEM && is_own_lack(error)) {
    return {.hosts = {}, .reason = no_descriptors_left(), .own_lack = true};
  }
  const std::string why =
      failure == EAI_SYSTEM ? std::generic_category().message(error) : ::gai_strerror(failure);
  if (failure == EAI_AGAIN) {
    return {.hosts = {}, .reason = "the host " + host + " could not be looked up: " + why};
  }
  return {.hosts = {}, .reason = "the host " + host + " is not known: " + why};
}

std::string no_thread_left(const std::string& host) {
  return "no thread is left to look up the host " + host + "; raise ulimit -u";
}

}  // namespace

/// Shared with the threads, and ended by whoever lets go of it last.
struct Resolver::State {
  State(LookUp how, std::function<void()> whom) : look_up(std::move(how)), wake(std::move(whom)) {}

  const LookUp look_up;
  std::mutex mutex;
  std::function<void()> wake;  // Under the mutex; none once the resolver has ended.
  std::deque<std::string> waiting;
  std::unordered_set<std::string> under_way;
  std::size_t threads = 0;  // That look up, or are about to.
  std::vector<Answer> answers;

  /// A thread for the first host that waits, if there may be one. Under the mutex.
  static void start(const std::shared_ptr<State>& state) {
    if (state->waiting.empty() || !claim_thread()) return;
    auto* own = new std::shared_ptr<State>(state);
    if (start_detached(&State::run, own)) {
      ++state->threads;
      return;
    }
    delete own;
    give_back_thread();
    if (state->threads == 0) state->give_up();
  }

  /// No thread comes to those that wait.
  void give_up() {
    for (std::string& host : std::exchange(waiting, {})) {
      HostAddresses none{.reason = no_thread_left(host), .own_lack = true};
      answers.push_back({std::move(host), std::move(none)});
    }
    wake();
  }

  static void* run(void* argument) {
    std::unique_ptr<std::shared_ptr<State>> own(static_cast<std::shared_ptr<State>*>(argument));
    (*own)->look_all_up();
    own.reset();  // With it perhaps what the function holds, which is a part of the look-up.
    give_back_thread();
    return nullptr;
  }

  void look_all_up() {
    std::unique_lock lock(mutex);
    while (wake && !waiting.empty()) {
      const std::string host = std::move(waiting.front());
      waiting.pop_front();
      under_way.insert(host);
      lock.unlock();
      HostAddresses addresses = look_up(host);
      lock.lock();
      under_way.erase(host);
      if (!wake) break;
      answers.push_back({host, std::move(addresses)});
      wake();
    }
    --threads;
  }
};

Resolver::Resolver(LookUp look_up, std::function<void()> wake)
    : state_(std::make_shared<State>(std::move(look_up), std::move(wake))) {}

Resolver::~Resolver() {
  const std::lock_guard lock(state_->mutex);
  state_->wake = nullptr;
  state_->waiting.clear();
}

void Resolver::ask(const std::string& host) {
  const std::lock_guard lock(state_->mutex);
  if (!state_->under_way.contains(host) &&
      std::ranges::find(state_->waiting, host) == state_->waiting.end()) {
    state_->waiting.push_back(host);
  }
  State::start(state_);
}

void Resolver::forget(const std::string& host) {
  const std::lock_guard lock(state_->mutex);
  std::erase(state_->waiting, host);
}

bool Resolver::is_waiting(const std::string& host) const {
  const std::lock_guard lock(state_->mutex);
  return std::ranges::find(state_->waiting, host) != state_->waiting.end();
}

std::vector<Resolver::Answer> Resolver::take() {
  const std::lock_guard lock(state_->mutex);
  State::start(state_);
  return std::exchange(state_->answers, {});
}

std::size_t Resolver::under_way() noexcept {
  return look_up_threads.load(std::memory_order_acquire);
}

bool is_numeric_host(const std::string& host) {
  in6_addr address;
  if (::inet_pton(AF_INET, host.c_str(), &address) == 1) return true;
  return ::inet_pton(AF_INET6, host.substr(0, host.find('%')).c_str(), &address) == 1;
}

HostAddresses look_up_host(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failure = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (failure != 0) return not_found(host, failure, errno);
  HostAddresses result;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    if (std::string text = numeric_host(*one); !text.empty())
      result.hosts.push_back(std::move(text));
  }
  ::freeaddrinfo(found);
  if (result.hosts.empty()) return not_found(host, EAI_NONAME, 0);
  return result;
}

}  // namespace troupe
