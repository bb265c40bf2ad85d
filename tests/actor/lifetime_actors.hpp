// The actor that the tests of lifetimes share: it writes down each step of its life.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <troupe/troupe.hpp>
#include <utility>
#include <vector>

namespace troupe::lifetime_test {

using Story = std::shared_ptr<std::vector<std::string>>;
using Lines = std::vector<std::string>;

inline Story new_story() { return std::make_shared<std::vector<std::string>>(); }

struct Say {
  std::string text;
};
struct Told {
  using Reply = std::string;
};
struct MakeChild {
  std::string name;
};

/// Writes down each step of its life; steps whose names are in `throws` throw.
class Hero : public Actor {
 public:
  using Protocol = Accepts<Say, Told, MakeChild>;
  Hero(std::string name, Story story, std::vector<std::string> throws = {})
      : name_(std::move(name)), story_(std::move(story)), throws_(std::move(throws)) {
    step("constructor");
  }
  ~Hero() override { story_->push_back(name_ + " destructor"); }
  void on_start() { step("on_start"); }
  void on_stop() override { step("on_stop"); }
  void before_restart(const Error& error) override { step("before_restart", error.context()); }
  void after_restart(const Error& error) override { step("after_restart", error.context()); }
  void on(const Say& say) {
    story_->push_back(name_ + " says " + say.text);
    if (say.text == "throw") throw std::runtime_error("said it");
    if (say.text == "stop") stop();
  }
  std::string on(Told) { return name_; }
  void on(const MakeChild& child) { spawn<Hero>(child.name, child.name, story_, throws_); }

 private:
  void step(const std::string& what, const std::string& why = "") {
    story_->push_back(name_ + " " + what + (why.empty() ? "" : " because " + why));
    for (const std::string& throwing : throws_) {
      if (throwing == what) throw std::runtime_error(what + " failed");
    }
  }

  std::string name_;
  Story story_;
  std::vector<std::string> throws_;
};

}  // namespace troupe::lifetime_test
