#include <troupe/program/node_main.hpp>

#include <unistd.h>
#include <atomic>
#include <iostream>
#include <troupe/base/async_log.hpp>
#include <troupe/node/end_watch.hpp>
#include <troupe/node/node.hpp>
#include <troupe/node/run_until_signal.hpp>
#include <troupe/program/command_line.hpp>
#include <troupe/program/console.hpp>
#include <troupe/program/demo.hpp>
#include <troupe/program/effective.hpp>
#include <troupe/program/exit_code.hpp>
#include <troupe/program/keygen.hpp>
#include <troupe/program/shell_commands.hpp>

namespace troupe {
namespace program {
namespace {

/// The values of the file, the environment and the flags.
Result<Effective> configure(const CommandLine& line) {
  EnvironmentValues environment = values_of(environ);
  for (const std::string& warning : environment.warnings) {
    complain("warning: " + warning);
  }
  const std::string& said = line.config_file;
  return effective({.config_file = said.empty() ? environment.config_file : said,
                    .environment = std::move(environment.values),
                    .flags = line.flags});
}

/// Sets `fate`, the exit code, where the cluster will have nothing to do with this node, or holds
/// this life of it for down.
int run_node(const Effective& effective, const std::function<void(Node&)>& setup,
             std::atomic<int>& fate) {
  const Configuration& configuration = effective.configuration;
  NodeSettings settings = configuration.node;
  // Before the node: what comes while that is set up is acted upon after it.
  EndWatch watch(settings.cluster ? SecondSignal::is_noted : SecondSignal::ends_at_once);
  if (settings.cluster) {
    const auto end_with = [&](ExitCode code) {
      fate = code;
      watch.ask();
    };
    settings.cluster->on_condemned = [=](std::string_view /*why*/) { end_with(condemned); };
    settings.cluster->on_refused = [=](std::string_view /*why*/) { end_with(wrong_settings); };
  }
  Platform platform = real_platform(log_level(configuration));
  platform.log = async_log(platform.log);  // Whoever does not read it holds up no link.
  Node node(std::move(settings), std::move(platform));
  Cluster* const cluster = configuration.node.cluster ? &node.cluster() : nullptr;
  const auto console = node.spawn<Console>(console_name, &node, cluster, &watch);
  std::cout << node.address().to_string() << " listens" << std::endl;
  if (!std::cout) complain("warning: standard output took no line of where this node listens");
  std::cout.clear();
  if (setup) setup(node);
  console.tell(SetupDone{});
  return run_until_signal(node, watch).complete() ? done : failed;
}

int run(const CommandLine& line, const std::function<void(Node&)>& setup, std::atomic<int>& fate) {
  if (line.command == Command::keygen) {
    const auto made =
        make_keys(line.key_owner, line.key_file.empty() ? line.key_owner + ".keys" : line.key_file);
    return made.ok() ? done : fail(failed, made.error().context());
  }
  if (line.command == Command::demo) {
    run_demo(line.demo_nodes, line.demo_stays);
    return done;
  }
  const auto effective = configure(line);
  if (!effective.ok()) return fail(wrong_settings, effective.error().context());
  switch (line.command) {
    case Command::config: std::cout << print(*effective); return done;
    case Command::node: return run_node(*effective, setup, fate);
    default: return run_shell_command(line, *effective);
  }
}

/// What is thrown meanwhile, by setup or for want of what a node needs, becomes a reason.
int run_and_catch(const CommandLine& line, const std::function<void(Node&)>& setup,
                  std::atomic<int>& fate) {
  try {
    return run(line, setup, fate);
  } catch (const Failure& failure) {
    const bool is_setting = failure.error().code() == ErrorCode::invalid_setting;
    return fail(is_setting ? wrong_settings : failed, failure.error().context());
  } catch (const std::exception& exception) {
    return fail(failed, exception.what());
  } catch (...) {
    return fail(failed, "its setup has thrown something that is no std::exception");
  }
}

/// The code, unless what there was to say has not got out.
int once_said(int code) {
  std::cout.flush();
  if (std::cout || code != done) return code;
  return fail(failed, "standard output did not take all that there is to say");
}

}  // namespace
}  // namespace program

int node_main(int argc, const char* const* argv, const std::function<void(Node&)>& setup) {
  using namespace program;
  const auto line = parse_command_line(argc, argv);
  if (const int* code = std::get_if<int>(&line)) return once_said(*code);
  std::atomic<int> fate{done};
  const int code = run_and_catch(std::get<CommandLine>(line), setup, fate);
  return fate != done ? fate.load() : once_said(code);
}

}  // namespace troupe
