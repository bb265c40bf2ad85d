// The same with Troupe's own headers, for the tests that link the testkit.
#pragma once

#include "precompiled_base.hpp"

#include <atomic>
#include <mutex>
#include <thread>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
