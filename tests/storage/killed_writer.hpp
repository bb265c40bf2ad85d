// KilledWriter: the lives of storage_writer on one storage, each of them ended by kill -9 at a
// moment that chance decides, and what all of them together must have kept.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <troupe/base/random.hpp>
#include <utility>
#include <vector>

#include "../integration/child_process.hpp"

namespace troupe::persistence {

class KilledWriter {
 public:
  /// `arguments` are those of storage_writer.
  KilledWriter(std::string program, std::vector<std::string> arguments, std::uint64_t seed)
      : program_(std::move(program)), arguments_(std::move(arguments)), random_(seed) {}

  /// One life: it must find what all lives before were told to be stored, and is killed after up to
  /// `answers_max` answers. What is wrong, in words; empty: nothing.
  [[nodiscard]] std::string live(std::uint64_t answers_max = 60) {
    ChildProcess writer(program_, arguments_);
    const Said found = hear(writer);
    if (found.what != "open") return found.line;
    if (found.last < acknowledged_.last || found.cursor < acknowledged_.cursor) {
      return "life " + std::to_string(lives_ + 1) + " found \"" + found.line +
             "\", and the ones before were told \"" + acknowledged_.line + "\"";
    }
    beyond_ += found.last - acknowledged_.last;
    acknowledged_ = found;
    for (std::uint64_t i = random_.below(answers_max); i > 0; --i) {
      Said said = hear(writer);
      if (said.what != "ok") return said.line;
      said.cursor = std::max(said.cursor, acknowledged_.cursor);
      acknowledged_ = said;
    }
    writer.kill();
    ++lives_;
    return {};
  }

  [[nodiscard]] std::uint64_t lives() const noexcept { return lives_; }
  /// Messages that were said to be stored.
  [[nodiscard]] std::uint64_t acknowledged() const noexcept { return acknowledged_.last; }
  /// Messages that were stored by a life that did not come to say so.
  [[nodiscard]] std::uint64_t beyond() const noexcept { return beyond_; }

 private:
  struct Said {
    std::string what = {};
    std::uint64_t last = 0;
    std::uint64_t cursor = 0;
    std::string line = {};
  };

  static Said hear(ChildProcess& writer) {
    Said said;
    try {
      said.line = writer.read_line(std::chrono::seconds(20));
    } catch (const std::runtime_error& failure) {
      said.line = failure.what();
      return said;
    }
    std::istringstream(said.line) >> said.what >> said.last >> said.cursor;
    return said;
  }

  const std::string program_;
  const std::vector<std::string> arguments_;
  Random random_;
  Said acknowledged_ = {};
  std::uint64_t lives_ = 0;
  std::uint64_t beyond_ = 0;
};

}  // namespace troupe::persistence
