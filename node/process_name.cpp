#include <troupe/node/process_name.hpp>

#include <unistd.h>
#include <array>
#include <ctime>

namespace troupe {
namespace {

std::string start() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts)};
}

std::string host() {
  std::array<char, 65> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == 0) return "unknown";
  return name.data();
}

}  // namespace

std::string process_name() {
  static const std::string started = start();
  return "process " + std::to_string(::getpid()) + " on host " + host() + ", started " + started;
}

}  // namespace troupe
