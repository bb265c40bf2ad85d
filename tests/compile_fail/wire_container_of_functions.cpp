// expect: CannotSerialise<Jobs,.*"queue".*, std::function<void ?\(\)>
// expect: this type cannot be serialised
#include <functional>
#include <map>
#include <string>
#include <troupe/wire/codec.hpp>
#include <vector>

struct Jobs {
#ifdef FIXED
  std::map<std::string, std::vector<int>> queue;
#else
  std::map<std::string, std::vector<std::function<void()>>> queue;
#endif
};

void send(troupe::wire::Writer& writer, const Jobs& jobs) { troupe::wire::encode(writer, jobs); }
