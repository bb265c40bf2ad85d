// A member of a cluster with one account, "/user/account", which offers others, "account", for
// tests to kill and to pause. Its arguments are "--role" and a role, or neither, its name, where it
// listens, and the seeds, or the URL of a Redis. Prints its address once it is up, and ends when
// its standard input does, or with 75 when it is condemned.
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "bank.hpp"

int main(int argc, char** argv) {
  auto cluster = troupe::ClusterSettings::local();
  if (argc > 2 && argv[1] == std::string("--role")) {
    cluster.roles.emplace_back(argv[2]);
    argc -= 2;
    argv += 2;
  }
  if (argc < 4) {
    std::cerr << "usage: member_node [--role role] name host:port (seed...|redis-url)\n";
    return 2;
  }
  try {
    if (std::string_view(argv[3]).find("://") != std::string_view::npos) {
      cluster.authority = troupe::Authority::redis;
      cluster.redis_url = argv[3];
    } else {
      cluster.seeds.assign(argv + 3, argv + argc);
    }
    cluster.on_condemned = [](std::string_view) { std::_Exit(75); };
    troupe::Node node({.name = argv[1], .listen = argv[2], .cluster = cluster});
    node.spawn<bank::Account>("account");
    node.offers<bank::Account>("account");
    static_cast<void>(node.cluster().joined(std::chrono::minutes(1)).get().value());
    std::cout << node.address().to_string() << std::endl;
    while (std::getchar() != EOF) {
    }
  } catch (const troupe::Failure& failure) {
    std::cerr << failure.what() << "\n";
    return 1;
  }
  return 0;
}
