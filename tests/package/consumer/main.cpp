// The smallest program that uses Troupe from outside of its tree. It prints "500 cents".

#include <iostream>
#include <troupe/base/result.hpp>

int main() {
  const troupe::Result<int> cents = 500;
  std::cout << cents.value() << " cents\n";
}
