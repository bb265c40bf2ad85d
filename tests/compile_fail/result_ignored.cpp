// A Result that nobody looks at is an error nobody sees.
// expect: ignoring return(ed)? value
// expect: nodiscard

#include <troupe/base/result.hpp>

troupe::Result<int> balance();

void careless() {
#ifdef FIXED
  if (!balance()) return;
#else
  balance();
#endif
}
