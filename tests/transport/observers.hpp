// What tests of nodes look through: actors that write down what comes to them.
#pragma once

#include <cstdint>
#include <troupe/actor/actor.hpp>
#include <troupe/actor/node_events.hpp>
#include <vector>

namespace observers {

struct Note {
  int number = 0;
};

/// Writes down the numbers of all notes.
class NoteSink : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Note>;
  explicit NoteSink(std::vector<int>* got) : got_(got) {}
  void on(Note note) { got_->push_back(note.number); }

 private:
  std::vector<int>* got_;
};

/// Writes down which lives of other nodes are down; 0 for an address where nobody ever was.
class DownListener : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<troupe::NodeDown>;
  explicit DownListener(std::vector<std::uint64_t>* downs) : downs_(downs) {}
  void on(const troupe::NodeDown& event) { downs_->push_back(event.incarnation); }

 private:
  std::vector<std::uint64_t>* downs_;
};

}  // namespace observers
