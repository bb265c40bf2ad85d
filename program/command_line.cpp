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

/// One verb of a command that looks into storage.
struct StorageCommand {
  const char* noun;
  const char* verb;
  StorageVerb does;
  const char* help;
  const char* of;    ///< What its argument is called; null: it has none.
  bool is_optional;  ///< The argument.
};

constexpr StorageCommand storage_commands[] = {
    {"queue", "list", StorageVerb::list_queues, "Print the durable queues", nullptr, false},
    {"queue", "show", StorageVerb::show_queue, "Print a queue's books, and what waits in it",
     "queue", false},
    {"queue", "pause", StorageVerb::pause_queue, "Have its owner handle nothing of it", "queue",
     false},
    {"queue", "resume", StorageVerb::resume_queue, "Have its owner go on", "queue", false},
    {"queue", "purge", StorageVerb::purge_queue, "Drop all that waits in a queue", "queue", false},
    {"dlq", "list", StorageVerb::list_letters, "Print the queues that have dead letters", nullptr,
     false},
    {"dlq", "show", StorageVerb::show_letters, "Print a queue's dead letters", "queue", false},
    {"dlq", "replay", StorageVerb::replay_letters, "Put dead letters at the end of their queue",
     "queue", false},
    {"dlq", "drop", StorageVerb::drop_letters, "Drop dead letters", "queue", false},
    {"journal", "list", StorageVerb::list_journals, "Print the journals of actors", nullptr, false},
    {"journal", "show", StorageVerb::show_journal, "Print a journal's events", "journal", false},
    {"journal", "verify", StorageVerb::verify_journals, "Read one journal, or all, to the end",
     "journal", true},
    {"journal", "export", StorageVerb::export_journal,
     "Print snapshot and events as they are stored, as JSON, a line for each", "journal", false},
    {"journal", "erase", StorageVerb::erase_journal, "Erase a journal for ever", "journal", false},
    {"storage", "check", StorageVerb::check_storage, "Read all that is stored", nullptr, false},
    {"storage", "backup", StorageVerb::back_up_storage, "Make a whole copy of the file", "file",
     false},
    {"storage", "restore", StorageVerb::restore_storage,
     "Put a backup in the place of the file, and fence all former owners", "file", false},
};

/// All commands, with what is read of their arguments.
class Commands {
 public:
  explicit Commands(const std::string& name) : app_("Clusters of actors.", name) {
    app_.set_version_flag("--version", name + " of Troupe " TROUPE_VERSION);
    app_.require_subcommand(1);
    add_node();
    add_client();
    add_storage();
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
    choose_storage();
    return line_;
  }

 private:
  /// Names the nearest flag to each that there is not.
  static void suggest(int argc, const char* const* argv) {
    std::vector<std::string> flags = {
        "--config", "--type",    "--timeout", "--json",  "--node", "--out", "--nodes", "--stay",
        "--help",   "--version", "--sqlite",  "--redis", "--yes",  "--all", "--from",  "--max"};
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

  void add_storage() {
    for (const auto& [noun, help] : {std::pair("queue", "Look into durable queues, and steer them"),
                                     std::pair("dlq", "Look into dead-letter queues"),
                                     std::pair("journal", "Look into journals of actors"),
                                     std::pair("storage", "Check, back up and restore storage")}) {
      CLI::App& group = add_configured(noun, help, Command::storage);
      group.require_subcommand(1);
      CLI::Option* const file =
          group.add_option("--sqlite", sqlite_, "The file that the storage is in");
      group.add_option("--redis", redis_, "The Redis that the storage is in")->excludes(file);
      group.add_option("--node", line_.storage.node,
                       "The node that has it, name@host:port, where one runs");
      group.add_flag("--json", line_.as_json, "Print JSON");
      add_timeout(group);
      for (const StorageCommand& command : storage_commands) {
        if (std::string_view(noun) == command.noun) add_verb(group, command);
      }
    }
  }

  void add_verb(CLI::App& group, const StorageCommand& command) {
    CLI::App* const added = group.add_subcommand(command.verb, command.help);
    added->fallthrough();
    added->callback([this, does = command.does] { line_.storage.verb = does; });
    if (command.of != nullptr) {
      CLI::Option* const name = added->add_option(command.of, line_.storage.name, "Its name");
      if (!command.is_optional) name->required();
    }
    switch (command.does) {
      case StorageVerb::replay_letters:
      case StorageVerb::drop_letters:
        added->add_option("ids", line_.storage.ids, "Which: 3 or 3-7");
        added->add_flag("--all", line_.storage.all, "All of the queue");
        break;
      case StorageVerb::show_queue:
      case StorageVerb::show_letters:
      case StorageVerb::show_journal:
        added->add_option("--max", line_.storage.most, "How many are shown [20]");
        break;
      default: break;
    }
    if (command.does == StorageVerb::show_letters || command.does == StorageVerb::show_journal) {
      added->add_option("--from", line_.storage.from, "The first id, or number, that is shown [1]");
    }
    if (destroys(command.does)) {
      added->add_flag("--yes", line_.storage.is_sure, "Do not ask before something is destroyed");
    }
    added->footer("What \"" + std::string(command.noun) +
                  " --help\" lists says which storage, and how it is reached.\n");
  }

  /// --sqlite and --redis are the settings of these names, and take those away that choose another
  /// one.
  void choose_storage() {
    const auto choose = [&](const char* key, const std::string& value, const char* flag) {
      line_.flags.push_back({key, Form::bare, value, {Source::flag, flag}});
    };
    line_.storage.is_place_said = !sqlite_.empty() || !redis_.empty();
    if (!line_.storage.is_place_said) return;
    choose("storage.sqlite", sqlite_, sqlite_.empty() ? "--redis" : "--sqlite");
    choose("storage.redis", redis_, redis_.empty() ? "--sqlite" : "--redis");
    const auto forget = [&](const char* key) {
      choose(key, find_setting(key)->value_in({}), sqlite_.empty() ? "--redis" : "--sqlite");
    };
    if (redis_.empty()) return forget("storage.redis_volatile_ok");
    forget("storage.durability");
    forget("storage.file_bytes_max");
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
  std::string sqlite_;
  std::string redis_;
  SettingFlags flags_;
};

}  // namespace

std::variant<CommandLine, int> parse_command_line(int argc, const char* const* argv) {
  const std::string path = argc > 0 ? argv[0] : "troupe";
  return Commands(path.substr(path.rfind('/') + 1)).parse(argc, argv);
}

}  // namespace troupe::program
