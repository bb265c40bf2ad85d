// What nearly every test includes, compiled once where the build precompiles headers. A test still
// names all that it uses.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
