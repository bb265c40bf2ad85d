#include <cxxabi.h>
#include <cstdlib>
#include <memory>
#include <troupe/actor/actor_ref.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/actor/runtime/user_code.hpp>
#include <troupe/base/result.hpp>
#include <typeinfo>

namespace troupe::runtime {
namespace {

std::string readable(const char* mangled) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(
      abi::__cxa_demangle(mangled, nullptr, nullptr, &status), std::free);
  return status == 0 ? name.get() : mangled;
}

}  // namespace

ChildFailed describe_exception(ErrorCode code, std::exception_ptr exception) {
  std::string type = "an exception";
  std::string text;
  // The language tells what a stored exception is only to a catch.
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& thrown) {
    type = readable(typeid(thrown).name());
    text = thrown.what();
  } catch (...) {
    if (const std::type_info* info = abi::__cxa_current_exception_type()) {
      type = readable(info->name());
    }
  }
  std::string context = text.empty() ? type : type + ": " + text;
  return {Error(code, std::move(context)), std::move(exception)};
}

void log_failed_pipe(const AnyRef& actor, const ChildFailed& failure) noexcept {
  const SystemVisit core(actor.cell()->anchor.load(std::memory_order_relaxed));
  if (core) core->log(path_of(*core, actor.id())).error("pipe threw {}", failure.error.context());
}

}  // namespace troupe::runtime
