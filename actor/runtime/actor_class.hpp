// ActorClass: what the runtime knows of an actor's class once the class itself has been erased.
#pragma once

#include <string_view>
#include <troupe/actor/runtime/cell.hpp>

namespace troupe {
struct Terminated;
}

namespace troupe::runtime {

/// One constant for each class and list of constructor arguments. An actor's memory is a block that
/// holds the arguments, for restarts, and the instance.
struct ActorClass {
  std::string_view name;
  /// Calls the handler for the envelope's type; false when there is none. Throws what the handler
  /// throws.
  bool (*receive)(Cell& cell, Envelope* envelope);
  /// The type with this key among those that the actor handles; null when there is none. A null
  /// function: `receive` takes messages from other nodes as they are, EncodedMessage.
  const MessageType* (*type_with_key)(Cell& cell, std::uint64_t key);
  /// Calls the handler for Terminated; null when there is none.
  void (*on_terminated)(Actor& instance, Terminated&& notice);
  /// Makes an instance in the block from the arguments there.
  Actor* (*construct)(void* block);
  void (*destroy)(Actor* instance) noexcept;
  /// The block of an instance, which may be destroyed already.
  void* (*block_of)(Actor* instance) noexcept;
  /// Destroys the arguments and frees the block.
  void (*free_block)(void* block) noexcept;
  /// Calls on_start, or begins it, if it is a Task; throws what it throws. Null where the class has
  /// none; else an actor has a turn before its first message.
  void (*on_start)(Cell& cell);
  bool keeps_message;  ///< The class overrides on_poison: handlers leave the message as it is, so
                       ///< that it can be retried.
  bool drains_children = false;  ///< Its children handle what they have before a drain ends it.
  bool is_intermediary = false;  ///< The instance is an Intermediary.
  /// Of a class whose state lies on storage, else null: where a write of the instance's has failed,
  /// begins to recover it, and says so. Throws what that throws.
  bool (*recover)(Cell& cell) = nullptr;
};

}  // namespace troupe::runtime
