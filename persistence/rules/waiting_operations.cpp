#include <troupe/persistence/rules/waiting_operations.hpp>

#include <troupe/persistence/rules/operation_access.hpp>
#include <troupe/persistence/rules/request_rules.hpp>

namespace troupe::persistence {
namespace {

constexpr std::size_t group_max = 1'024;
constexpr std::size_t group_bytes_max = std::size_t{4} << 20U;

constexpr const char* closed = "the storage is closed";

}  // namespace

void WaitingOperations::push(Operation& operation, bool is_closed) {
  const std::size_t bytes = added_bytes(operation);
  answered(operation, Stored::unknown);
  into_range(operation);
  if (is_closed) {
    answered(operation, Stored::unavailable, closed);
  } else if (adds(operation) &&
             (size_ >= limits_.waiting_max || bytes_ + bytes > limits_.waiting_bytes_max)) {
    answered(operation, Stored::unavailable,
             std::to_string(size_) + " operations, which add " + std::to_string(bytes_) +
                 " bytes, wait for storage already");
  }
  operation.next = nullptr;
  (first_ == nullptr ? first_ : last_->next) = &operation;
  last_ = &operation;
  ++size_;
  bytes_ += bytes;
}

Operation* WaitingOperations::pop() {
  Operation* operation = first_;
  if (operation == nullptr) return nullptr;
  first_ = operation->next;
  --size_;
  bytes_ -= added_bytes(*operation);
  return operation;
}

void WaitingOperations::pop_group(std::vector<Operation*>& group) {
  std::size_t bytes = 0;
  group.clear();
  while (first_ != nullptr && group.size() < group_max) {
    bytes += added_bytes(*first_);
    if (bytes > group_bytes_max && !group.empty()) return;
    group.push_back(pop());
  }
}

void WaitingOperations::refuse_all() {
  for (Operation* one = first_; one != nullptr; one = one->next) {
    answered(*one, Stored::unavailable, closed);
  }
}

}  // namespace troupe::persistence
