#include <troupe/program/client.hpp>

#include <algorithm>
#include <troupe/base/printable.hpp>
#include <troupe/program/json_decoding.hpp>
#include <troupe/program/json_encoding.hpp>
#include <troupe/program/nearest_name.hpp>
#include <troupe/program/printable_answer.hpp>
#include <troupe/program/quantity.hpp>
#include <troupe/program/setting_table.hpp>

namespace troupe::program {
namespace {

constexpr const char* client_name = "shell";

bool is_said(const Effective& effective, std::string_view key) {
  const auto place = static_cast<std::size_t>(find_setting(key) - settings().data());
  return effective.origins[place].source != Source::built_in;
}

NodeSettings settings_of_client(const Effective& effective) {
  NodeSettings settings = effective.configuration.node;
  if (!is_said(effective, "name")) settings.name = client_name;  // Keys belong to a name.
  settings.listen.clear();
  settings.advertise.clear();
  settings.cluster.reset();
  settings.system.workers = 1;
  return settings;
}

/// Nothing, unless somebody has said what to log: the shell is told in one line what went wrong.
LogLevel log_level_of_client(const Effective& effective) {
  return is_said(effective, "log.level") ? log_level(effective.configuration) : LogLevel::off;
}

/// "Deposit" of "bank::Deposit".
std::string_view last_part(std::string_view name) {
  const std::size_t end = name.find('<');
  const std::size_t colons = name.substr(0, end).rfind("::");
  return colons == name.npos ? name : name.substr(colons + 2);
}

std::vector<std::string> names_of(const std::vector<AcceptedMessage>& accepted) {
  std::vector<std::string> names;
  for (const AcceptedMessage& message : accepted) names.push_back(message.name);
  return names;
}

/// One line for each type that is accepted.
std::string listed(const std::vector<AcceptedMessage>& accepted) {
  if (accepted.empty()) return "it accepts no messages of other nodes";
  std::string text = "it accepts:";
  for (const AcceptedMessage& message : accepted) text += "\n  " + printable(message.description);
  return text;
}

Outcome<FittingMessage> unfit(std::string reason) {
  return {std::nullopt, {unfit_message, std::move(reason)}};
}

/// The bytes of the message as one of this type.
Result<std::vector<std::byte>> encoded(const AcceptedMessage& type, const std::string& json) {
  const auto shape = shape_of(type.description);
  if (!shape.ok()) return shape.error();
  return encode_json(json, *shape);
}

/// The type that is named, by its whole name or its last part.
Outcome<const AcceptedMessage*> named(const std::vector<AcceptedMessage>& accepted,
                                      const std::string& name) {
  const AcceptedMessage* found = nullptr;
  for (const AcceptedMessage& message : accepted) {
    if (message.name == name) return {&message, {}};
    if (last_part(message.name) != name) continue;
    if (found != nullptr) {
      return {std::nullopt,
              {unfit_message, name + " may be " + found->name + " or " + message.name +
                                  ": give --type the whole name"}};
    }
    found = &message;
  }
  if (found != nullptr) return {found, {}};
  return {std::nullopt,
          {unfit_message, "the actor does not accept " + printable(name) +
                              did_you_mean(name, names_of(accepted)) + "\n" + listed(accepted)}};
}

}  // namespace

Outcome<FittingMessage> fitting_message(const std::vector<AcceptedMessage>& accepted,
                                        const std::string& json, const std::string& type) {
  if (const auto checked = check_json(json); !checked.ok()) {
    return unfit(checked.error().context());
  }
  if (!type.empty()) {
    const auto chosen = named(accepted, type);
    if (!chosen.value) return {std::nullopt, chosen.complaint};
    auto bytes = encoded(**chosen.value, json);
    if (!bytes.ok()) return unfit((*chosen.value)->name + ": " + bytes.error().context());
    return {FittingMessage{*chosen.value, *std::move(bytes)}, {}};
  }
  std::vector<FittingMessage> fits;
  std::string reasons;
  for (const AcceptedMessage& message : accepted) {
    auto bytes = encoded(message, json);
    if (bytes.ok()) {
      fits.push_back({&message, *std::move(bytes)});
    } else {
      reasons += "\n  " + printable(message.name) + ": " + bytes.error().context();
    }
  }
  if (fits.size() == 1) return {std::move(fits.front()), {}};
  if (fits.empty())
    return unfit("no message that the actor accepts fits" + reasons + "\n" + listed(accepted));
  std::string names;
  for (const FittingMessage& one : fits) names += (names.empty() ? "" : ", ") + one.type->name;
  return unfit("the message may be one of " + names + ": say which by --type");
}

Client::Client(const Effective& effective, Duration timeout)
    : platform_(real_platform(log_level_of_client(effective))),
      timeout_(timeout),
      deadline_(deadline_after(*platform_.clock, timeout)),
      node_(settings_of_client(effective), platform_) {}

Duration Client::time_left() const {
  if (timeout_ == Duration::max()) return timeout_;
  return std::max(deadline_ - platform_.clock->now(), Duration::zero());
}

RefTo<Console> Client::console_of(const NodeAddress& node) const {
  return node_.select<Console>(ActorPath{node, "/user/" + std::string(console_name)}.to_string());
}

Complaint Client::complaint(const Error& error, const NodeAddress& node) const {
  const std::string whom = node.to_string();
  switch (error.code()) {
    case ErrorCode::timeout:
      return {timed_out, whom + " did not answer within " + text_of(timeout_)};
    case ErrorCode::node_unreachable:
    case ErrorCode::node_down:
    case ErrorCode::refused: return {unavailable, whom + " cannot be reached: " + error.context()};
    case ErrorCode::no_such_actor:
    case ErrorCode::actor_stopped: return {no_actor, error.to_string()};
    case ErrorCode::unknown_type:
    case ErrorCode::malformed: return {unfit_message, error.to_string()};
    default: return {failed, error.to_string()};
  }
}

Complaint Client::storage_complaint(const Error& error, const NodeAddress& node) const {
  const ErrorCode code = error.code();
  if (code != ErrorCode::no_such_actor && code != ErrorCode::actor_stopped) {
    return complaint(error, node);
  }
  return {failed, node.to_string() +
                      " answers, and has no storage that it shows: it is given one by "
                      "storage.sqlite or storage.redis, and is run by node_main()"};
}

Outcome<ActorDescription> Client::describe(const ActorPath& path) {
  auto answer = ask_console(path.node, DescribeActor{path.local, time_left()});
  if (!answer.value || answer.value->problem.empty()) return answer;
  const Error problem(answer.value->code, answer.value->problem, Execution::not_executed);
  return {std::nullopt, complaint(problem, path.node)};
}

Outcome<std::string> Client::ask(const ActorPath& path, const std::string& json,
                                 const std::string& type) {
  const auto description = describe(path);
  if (!description.value) return {std::nullopt, description.complaint};
  auto message = fitting_message(description.value->messages, json, type);
  if (!message.value) return {std::nullopt, message.complaint};
  const AcceptedMessage& accepted = *message.value->type;
  types_.emplace_back(accepted.name, accepted.description);
  const auto answer = runtime::ask_untyped(node_.select_any(path.to_string()), types_.back(),
                                           message.value->bytes, time_left())
                          .get();
  if (!answer.ok()) {
    Complaint why = complaint(answer.error(), path.node);
    const bool may_be_none = answer.error().code() == ErrorCode::cancelled;
    if (may_be_none && accepted.answer.empty()) {
      why.reason += "; is " + accepted.name + " a message without an answer? Then tell it";
    }
    return {std::nullopt, std::move(why)};
  }
  if (accepted.answer.empty()) return {"null", {}};
  const auto shape = shape_of(accepted.answer);
  auto text =
      shape.ok() ? decode_to_json(answer->bytes, *shape) : Result<std::string>(shape.error());
  if (!text.ok()) return {std::nullopt, {failed, "the answer: " + text.error().to_string()}};
  return {*std::move(text), {}};
}

Outcome<bool> Client::tell(const ActorPath& path, const std::string& json,
                           const std::string& type) {
  const auto description = describe(path);
  if (!description.value) return {std::nullopt, description.complaint};
  auto message = fitting_message(description.value->messages, json, type);
  if (!message.value) return {std::nullopt, message.complaint};
  types_.emplace_back(message.value->type->name, message.value->type->description);
  const auto told = runtime::tell_untyped(node_.select_any(path.to_string()), types_.back(),
                                          message.value->bytes);
  if (!told.ok()) return {std::nullopt, complaint(told.error(), path.node)};
  if (node_.shutdown().unsent == 0) return {true, {}};
  return {std::nullopt, {unavailable, path.node.to_string() + " did not take the message in time"}};
}

template <class Question>
Outcome<typename Question::Reply> Client::ask_console(const NodeAddress& node, Question question) {
  auto answer = console_of(node).ask(std::move(question), time_left()).get();
  if (answer.ok()) return {printable_answer(*std::move(answer)), {}};
  const ErrorCode code = answer.error().code();
  if (code != ErrorCode::no_such_actor && code != ErrorCode::actor_stopped) {
    return {std::nullopt, complaint(answer.error(), node)};
  }
  return {std::nullopt,
          {failed, node.to_string() + " answers, and has nobody who says how it and its actors "
                                      "are: it is ending, or is not run by node_main()"}};
}

Outcome<NodeStatus> Client::status(const NodeAddress& node) {
  return ask_console(node, TellStatus{});
}

Outcome<ClusterStatus> Client::members(const NodeAddress& node) {
  auto answer = ask_console(node, TellMembers{});
  if (!answer.value || answer.value->problem.empty()) return answer;
  return {std::nullopt, {failed, node.to_string() + ": " + answer.value->problem}};
}

Outcome<bool> Client::leave(const NodeAddress& node) {
  const auto problem = ask_console(node, LeaveCluster{});
  if (!problem.value) return {std::nullopt, problem.complaint};
  if (problem.value->empty()) return {true, {}};
  return {std::nullopt, {failed, node.to_string() + ": " + *problem.value}};
}

Outcome<bool> Client::down(const NodeAddress& node, const std::string& member) {
  const auto problem = ask_console(node, DeclareDown{member});
  if (!problem.value) return {std::nullopt, problem.complaint};
  if (problem.value->empty()) return {true, {}};
  return {std::nullopt, {failed, node.to_string() + ": " + *problem.value}};
}

}  // namespace troupe::program
