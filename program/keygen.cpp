#include <troupe/program/keygen.hpp>

#include <filesystem>
#include <iostream>
#include <troupe/transport/key_files.hpp>
#include <troupe/transport/security/zmq_keys.hpp>

namespace troupe::program {

Result<void> make_keys(const std::string& node, const std::string& file) {
  const auto keys = generate_keys();
  if (!keys.ok()) return keys.error();
  if (auto written = write_key_file(file, *keys); !written.ok()) return written;
  std::cerr << "The keys of " << node << " are in " << file << ": keep that file secret.\n"
            << "Add this line to the trusted keys of the nodes that talk to " << node << ":\n";
  std::cout << trusted_line({node, keys->public_key}) << std::endl;
  if (std::cout) return {};
  std::filesystem::remove(file);
  return Error(ErrorCode::refused,
               "standard output did not take the line for the trusted keys, without which nobody "
               "can trust them: " +
                   file + " is removed again",
               Execution::not_executed);
}

}  // namespace troupe::program
