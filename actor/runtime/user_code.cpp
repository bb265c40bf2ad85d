#include <troupe/actor/runtime/user_code.hpp>

#include <cxxabi.h>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <troupe/actor/ports/want_of_memory.hpp>
#include <typeinfo>

namespace troupe::runtime {
namespace {

std::string readable(const char* mangled) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(
      abi::__cxa_demangle(mangled, nullptr, nullptr, &status), std::free);
  return status == 0 ? name.get() : mangled;
}

const std::type_info* type_of(const std::exception_ptr& exception) {
  // The language tells what a stored exception is only to a catch.
  try {
    std::rethrow_exception(exception);
  } catch (...) {
    return abi::__cxa_current_exception_type();
  }
}

/// As a text, where there is none an empty one.
std::string as_text(const char* text) { return text != nullptr ? text : ""; }

/// What the exception says for itself: its what(), or the text that was thrown.
std::string text_of(const std::exception_ptr& exception) {
  // The language tells what a stored exception is only to a catch.
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& thrown) {
    return as_text(thrown.what());
  } catch (const std::string& thrown) {
    return thrown;
  } catch (const std::string_view& thrown) {
    return std::string(thrown);
  } catch (const char* thrown) {
    return as_text(thrown);
  } catch (...) {
    return "";
  }
}

/// Appends the classes that a handler of `type` could also name: its public bases.
void append_bases(const std::type_info& type, std::vector<const std::type_info*>& types) {
  if (const auto* single = dynamic_cast<const abi::__si_class_type_info*>(&type)) {
    types.push_back(single->__base_type);
  } else if (const auto* several = dynamic_cast<const abi::__vmi_class_type_info*>(&type)) {
    for (unsigned i = 0; i < several->__base_count; ++i) {
      const abi::__base_class_type_info& base = several->__base_info[i];
      if (base.__is_public_p()) types.push_back(base.__base_type);
    }
  }
}

}  // namespace

std::vector<std::string> exception_types(const std::exception_ptr& exception) {
  if (exception == nullptr) return {};
  const std::type_info* own = type_of(exception);
  if (own == nullptr) return {};
  std::vector<const std::type_info*> types{own};
  for (std::size_t i = 0; i < types.size(); ++i) append_bases(*types[i], types);
  std::vector<std::string> names;
  names.reserve(types.size());
  for (const std::type_info* type : types) names.emplace_back(type->name());
  return names;
}

bool is_want_of_memory(const std::exception_ptr& exception) noexcept {
  try {
    if (exception != nullptr) std::rethrow_exception(exception);
  } catch (const std::bad_alloc&) {
    return true;
  } catch (...) {
    return false;
  }
  return false;
}

ChildFailed describe_exception(ErrorCode code, std::exception_ptr exception) noexcept {
  std::string context;
  static_cast<void>(succeeds([&] {
    const std::type_info* info = type_of(exception);
    const std::string type = info != nullptr ? readable(info->name()) : "an exception";
    const std::string text = text_of(exception);
    context = text.empty() ? type : type + ": " + text;
  }));
  return {Error(code, std::move(context)), std::move(exception)};
}

}  // namespace troupe::runtime
