#include <troupe/program/keygen.hpp>

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
  return {};
}

}  // namespace troupe::program
