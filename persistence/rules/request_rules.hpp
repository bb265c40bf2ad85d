// What storage asks of requests before it looks at what it has: names, sizes, tokens.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <troupe/persistence/operation.hpp>
#include <troupe/persistence/records.hpp>
#include <troupe/persistence/storage_limits.hpp>
#include <troupe/persistence/token.hpp>

namespace troupe::persistence {

/// Sets the answer. Returns false, for `return answered(...)`.
bool answered(Operation& operation, Stored outcome, std::string why = {});

/// The queue, key or tag that the request is about: 1 to name_bytes_max bytes. `what`: "queue".
[[nodiscard]] bool has_name(Operation& operation, std::string_view what, std::string_view name);

/// Sizes of what an append adds, against the limits.
[[nodiscard]] bool fits(Operation& operation, const Records& records, const StorageLimits& limits);

/// "queue 'orders'", printable and cut.
[[nodiscard]] std::string named(std::string_view what, std::string_view name);

/// Why a cursor cannot be moved so far.
[[nodiscard]] std::string settles_too_much(std::string_view queue, std::uint64_t through,
                                           std::uint64_t last);

/// Why a queue cannot be dropped.
[[nodiscard]] std::string is_in_use(std::string_view queue, std::uint64_t messages,
                                    std::uint64_t letters);
[[nodiscard]] std::string is_not_there(std::string_view queue);

/// Why what follows event `expected` cannot be written.
[[nodiscard]] std::string ends_elsewhere(std::string_view key, std::uint64_t last,
                                         std::uint64_t expected);

/// Why a snapshot does not take the other's place.
[[nodiscard]] std::string is_older(std::uint64_t number, std::uint64_t snapshot);

/// Why nothing is added to a file.
[[nodiscard]] std::string is_full(std::string_view path);

/// Why a tag cannot be read from where its reader stands.
[[nodiscard]] std::string tag_is_behind(std::string_view tag);

/// `fenced` where `token` is not the owner's.
[[nodiscard]] bool is_owner(Operation& operation, std::string_view what, std::string_view name,
                            const Token& token, const Token& owner);

/// A claim is somebody's.
[[nodiscard]] bool has_incarnation(Operation& operation, std::uint64_t incarnation);

/// Whether a claim may take what `owner` has; else it is `owned`.
[[nodiscard]] bool may_claim(Operation& operation, std::string_view what, std::string_view name,
                             const Token& owner, std::uint64_t incarnation, const Token& gone,
                             bool owner_is_gone);

}  // namespace troupe::persistence
