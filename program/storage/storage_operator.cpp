#include <troupe/program/storage/storage_operator.hpp>

#include <troupe/base/printable.hpp>

namespace troupe::program {

BackupStep StorageOperator::on(BackUpStorage request) {
  const std::string& name = request.file;
  if (name.empty() || name.front() == '.' || name.find('/') != std::string::npos) {
    return {
        "a running node makes backups beside its storage only: say a name without a folder, "
        "and not " +
            printable(name),
        0, 0, false};
  }
  request.file = folder_ + name;
  return program::answer(*storage_, request);
}

}  // namespace troupe::program
