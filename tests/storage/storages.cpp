#include "storages.hpp"

#include <troupe/persistence/memory_storage.hpp>

namespace troupe::persistence {
namespace {

class MemoryPlace final : public StoragePlace {
 public:
  Storage& storage() override { return storage_; }
  bool reopen() override { return false; }

 private:
  MemoryStorage storage_;
};

}  // namespace

std::vector<StorageKind> storage_kinds() {
  return {{"memory", [] { return std::make_unique<MemoryPlace>(); }}};
}

}  // namespace troupe::persistence
