// The `troupe` program: what an operator does by hand. So far: making the keys of a node.
#include <CLI/CLI.hpp>
#include <iostream>
#include <optional>
#include <troupe/base/result.hpp>
#include <troupe/transport/key_files.hpp>
#include <troupe/transport/node_identity.hpp>
#include <troupe/transport/security/zmq_keys.hpp>

namespace {

/// What a shell is told.
enum ExitCode : int { done = 0, failed = 1, misused = 2 };

constexpr const char* keygen_footer =
    "Writes a new pair of keys to a file that only you can read, which the node is to load, and\n"
    "prints the line by which other nodes trust it. Append that line to their list:\n\n"
    "  troupe keygen --node bank --out bank.keys >> trusted.keys\n";

/// Standard output gets the line for the trusted keys and nothing else, so that it can be appended
/// to a file.
troupe::Result<void> make_keys(const std::string& node, const std::string& file) {
  const auto keys = troupe::generate_keys();
  if (!keys.ok()) return keys.error();
  if (auto written = troupe::write_key_file(file, *keys); !written.ok()) return written;
  std::cerr << "The keys of " << node << " are in " << file << ": keep that file secret.\n"
            << "Add this line to the trusted keys of the nodes that talk to " << node << ":\n";
  std::cout << troupe::trusted_line({node, keys->public_key}) << std::endl;
  return {};
}

/// Says what CLI11 has to say; the exit code where that is all there is to do.
std::optional<int> parse(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? done : misused;
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Troupe: clusters of actors in C++.", "troupe");
  app.set_version_flag("--version", "troupe " TROUPE_VERSION);
  app.require_subcommand(1);

  std::string node;
  std::string file;
  CLI::App* const keygen = app.add_subcommand("keygen", "Make the keys of one node");
  keygen->footer(keygen_footer);
  keygen->add_option("--node", node, "The node's name, as it stands before the @ of its address")
      ->required()
      ->check([](const std::string& name) {
        return troupe::transport::is_node_name(name) ? std::string() : name + " is no node's name";
      });
  keygen->add_option("--out", file, "The file to make; NODE.keys unless it is said");

  if (const auto exit_code = parse(app, argc, argv)) return *exit_code;
  const auto made = make_keys(node, file.empty() ? node + ".keys" : file);
  if (made.ok()) return done;
  std::cerr << "troupe: " << made.error().context() << "\n";
  return failed;
}
