#include <troupe/program/command_line.hpp>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <troupe/program/exit_code.hpp>
#include <troupe/program/nearest_name.hpp>
#include <troupe/program/setting_table.hpp>
#include <troupe/transport/node_identity.hpp>

namespace troupe::program {
namespace {

constexpr const char* keygen_footer =
    "Writes a new pair of keys to a file that only you can read, which the node is to load, and\n"
    "prints the line by which other nodes trust it. Append that line to their list:\n\n"
    "  troupe keygen --node bank --out bank.keys >> trusted.keys\n";

constexpr const char* settings_footer =
    "Each setting is also a key of the configuration file (transport.frame_bytes_max) and an\n"
    "environment variable (TROUPE_TRANSPORT_FRAME_BYTES_MAX). A flag goes before the environment,\n"
    "and that before the file. Durations are written as 1500ms or 10s, sizes as 64MiB.\n";

/// The line that explains a setting in the help.
std::string explained(const Setting& setting) {
  std::string text(setting.help);
  if (!setting.range.empty()) text += "; " + std::string(setting.range);
  return text + " [" + setting.value_in({}) + "]";
}

/// The table's settings as flags of some commands. Each of them has flags of its own.
class SettingFlags {
 public:
  void add_to(CLI::App& command) {
    values_.resize(settings().size());
    options_.emplace_back();
    for (std::size_t i = 0; i < settings().size(); ++i) {
      const Setting& setting = settings()[i];
      options_.back().push_back(command.add_option(setting.flag(), values_[i], explained(setting))
                                    ->type_name("")
                                    ->group("Settings")
                                    ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast));
    }
    command.footer(settings_footer);
  }

  /// Those that were given.
  [[nodiscard]] std::vector<GivenValue> given() const {
    std::vector<GivenValue> result;
    for (const auto& of_one_command : options_) {
      for (std::size_t i = 0; i < of_one_command.size(); ++i) {
        if (of_one_command[i]->count() == 0) continue;
        const Setting& setting = settings()[i];
        result.push_back(
            {std::string(setting.key), Form::bare, values_[i], {Source::flag, setting.flag()}});
      }
    }
    return result;
  }

 private:
  std::vector<std::string> values_;
  std::vector<std::vector<CLI::Option*>> options_;
};

/// All commands, with what is read of their arguments.
class Commands {
 public:
  explicit Commands(const std::string& name) : app_("Clusters of actors.", name) {
    app_.set_version_flag("--version", name + " of Troupe " TROUPE_VERSION);
    app_.require_subcommand(1);
    add_node();
    add_client();
    add_keygen();
    add_demo();
  }

  std::variant<CommandLine, int> parse(int argc, const char* const* argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      if (app_.exit(error) == 0) return done;
      suggest(argc, argv);
      return misused;
    }
    line_.flags = flags_.given();
    return line_;
  }

 private:
  /// Names the nearest flag to each that there is not.
  static void suggest(int argc, const char* const* argv) {
    std::vector<std::string> flags = {"--config", "--type",  "--timeout", "--json", "--node",
                                      "--out",    "--nodes", "--stay",    "--help", "--version"};
    for (const Setting& setting : settings()) flags.push_back(setting.flag());
    for (int i = 1; i < argc; ++i) {
      const std::string_view argument = argv[i];
      const std::string_view flag = argument.substr(0, argument.find('='));
      if (!flag.starts_with("--") || std::ranges::find(flags, flag) != flags.end()) continue;
      const std::string_view nearest = nearest_name(flag, flags);
      if (!nearest.empty()) std::cerr << "Did you mean " << nearest << "?\n";
    }
  }

  CLI::App& add(const char* name, const char* help, Command command) {
    CLI::App* const added = app_.add_subcommand(name, help);
    added->callback([this, command] { line_.command = command; });
    return *added;
  }
  /// A command that reads settings.
  CLI::App& add_configured(const char* name, const char* help, Command command) {
    CLI::App& added = add(name, help, command);
    added.add_option("--config", line_.config_file,
                     "The configuration file, TOML; also TROUPE_CONFIG");
    flags_.add_to(added);
    return added;
  }

  void add_node() {
    add_configured("node", "Run a node until it is told to end", Command::node);
    add_configured("config", "Print the settings a node would have, and where each came from",
                   Command::config);
  }

  void add_client() {
    for (const auto& [name, help, command] :
         {std::tuple("tell", "Send a message to an actor", Command::tell),
          std::tuple("ask", "Ask an actor, and print its answer as JSON", Command::ask)}) {
      CLI::App& added = add_configured(name, help, command);
      added.add_option("path", line_.target, "The actor: troupe://name@host:port/user/actor")
          ->required();
      added.add_option("message", line_.json, "The message, as JSON: {\"cents\": 500}")->required();
      added.add_option("--type", line_.type,
                       "The message's type, where more than one that the actor accepts fits");
      add_timeout(added);
    }
    CLI::App& status =
        add_configured("status", "Whether a node lives and is ready", Command::status);
    status.add_option("node", line_.target,
                      "The node: name@host:port; where none is said, the one of the settings");
    status.add_flag("--json", line_.as_json, "Print JSON");
    add_timeout(status);
    add_cluster();
  }

  void add_cluster() {
    CLI::App& members =
        add_configured("members", "Print who is in a node's cluster", Command::members);
    members.add_option("node", line_.target,
                       "The node that is asked: name@host:port; where none is "
                       "said, the one of the settings");
    members.add_flag("--json", line_.as_json, "Print JSON");
    add_timeout(members);
    CLI::App& leave = add_configured("leave", "Have a node leave its cluster, and its program end",
                                     Command::leave);
    leave.add_option("node", line_.target, "The node: name@host:port")->required();
    add_timeout(leave);
    CLI::App& down =
        add_configured("down", "Declare a member down that is gone for ever", Command::down);
    down.add_option("member", line_.target, "Who is gone: name@host:port")->required();
    down.add_option("--node", line_.node,
                    "The member that is told so; where none is said, the one "
                    "of the settings");
    add_timeout(down);
  }

  void add_timeout(CLI::App& command) {
    command.add_option("--timeout", line_.timeout, "How long to wait for an answer [5s]");
  }

  void add_keygen() {
    CLI::App& keygen = add("keygen", "Make the keys of one node", Command::keygen);
    keygen.footer(keygen_footer);
    keygen
        .add_option("--node", line_.key_owner,
                    "The node's name, as it stands before the @ of its address")
        ->required()
        ->check([](const std::string& name) {
          return transport::is_node_name(name) ? std::string() : name + " is no node's name";
        });
    keygen.add_option("--out", line_.key_file, "The file to make; NODE.keys unless it is said");
  }

  void add_demo() {
    CLI::App& demo = add("demo", "Show a cluster of some processes on this machine", Command::demo);
    demo.add_option("--nodes", line_.demo_nodes, "How many processes [3]")
        ->check(CLI::Range(demo_nodes_min, demo_nodes_max));
    demo.add_flag("--stay", line_.demo_stays, "Go on until a signal, to be looked into");
  }

  CLI::App app_;
  CommandLine line_;
  SettingFlags flags_;
};

}  // namespace

std::variant<CommandLine, int> parse_command_line(int argc, const char* const* argv) {
  const std::string path = argc > 0 ? argv[0] : "troupe";
  return Commands(path.substr(path.rfind('/') + 1)).parse(argc, argv);
}

}  // namespace troupe::program
