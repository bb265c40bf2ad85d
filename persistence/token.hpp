// Token: one life of one owner of a name in storage, by which storage tells a living owner from one
// that is gone.
#pragma once

#include <cstdint>
#include <string>

namespace troupe::persistence {

/// Given by a claim, and compared whole: an epoch that a fail-over of the server has given out a
/// second time still differs by who has it. All zeros: nobody.
struct Token {
  std::uint64_t epoch = 0;        ///< Counts the claims of a name, from 1.
  std::uint64_t incarnation = 0;  ///< Of the node.
  std::uint64_t instance = 0;     ///< Of the actor's instance: a restart claims anew.

  friend bool operator==(const Token&, const Token&) = default;
};

/// "epoch:incarnation:instance", the last two in hexadecimal digits. Any thread.
[[nodiscard]] std::string to_string(const Token& token);

}  // namespace troupe::persistence
