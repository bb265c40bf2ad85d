"""Troupe for Conan 2; builds the sources that this recipe is part of."""

import os

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy


# Of the layers; tests/architecture/recipes.py compares them with CMakeLists.txt.
FOLDERS = ("base", "wire", "actor", "transport", "persistence", "cluster", "node", "testkit")
# Of these, the libraries.
LIBRARIES = ("base", "wire", "actor", "transport", "persistence", "cluster", "node", "testkit")


class Troupe(ConanFile):
    name = "troupe"
    description = "Clusters of actors in C++20"
    license = "Apache-2.0"
    topics = ("actors", "concurrency", "distributed", "zeromq")
    package_type = "library"
    settings = "os", "compiler", "build_type", "arch"
    options = {"shared": [True, False], "fPIC": [True, False]}
    default_options = {
        "shared": False,
        "fPIC": True,
        "zeromq/*:encryption": "libsodium",
        "msgpack-cxx/*:use_boost": False,
    }
    implements = ["auto_shared_fpic"]

    def export_sources(self):
        root = os.path.join(self.recipe_folder, "..", "..")
        for folder in (*FOLDERS, "cmake"):
            copy(self, f"{folder}/*", root, self.export_sources_folder)
        for file in ("CMakeLists.txt", "troupe.hpp", "LICENSE"):
            copy(self, file, root, self.export_sources_folder)

    def layout(self):
        cmake_layout(self)

    def validate(self):
        check_min_cppstd(self, 20)

    def requirements(self):
        self.requires("tl-expected/1.1.0", transitive_headers=True)
        self.requires("msgpack-cxx/6.1.0", transitive_headers=True)
        self.requires("zeromq/4.3.5")
        self.requires("cppzmq/4.10.0")

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        for part in ("TESTS", "EXAMPLES", "PROGRAM"):
            toolchain.cache_variables[f"TROUPE_BUILD_{part}"] = False
        # Not as it happens to be found on the machine that builds.
        toolchain.cache_variables["TROUPE_WITH_REDIS"] = False
        toolchain.cache_variables["TROUPE_WITH_SQLITE"] = False
        for variable, package in (
            ("TROUPE_EXPECTED_INCLUDE_DIR", "tl-expected"),
            ("TROUPE_MSGPACK_INCLUDE_DIR", "msgpack-cxx"),
            ("TROUPE_CPPZMQ_INCLUDE_DIR", "cppzmq"),
        ):
            information = self.dependencies[package].cpp_info.aggregated_components()
            toolchain.cache_variables[variable] = information.includedirs[0]
        zeromq = self.dependencies["zeromq"]
        information = zeromq.cpp_info.aggregated_components()
        suffix = "so" if zeromq.options.shared else "a"
        toolchain.cache_variables["TROUPE_ZMQ_LIBRARY"] = os.path.join(
            information.libdirs[0], f"lib{information.libs[0]}.{suffix}"
        )
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        CMake(self).install()

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "troupe")
        below = []
        for layer in LIBRARIES:
            part = self.cpp_info.components[layer]
            part.set_property("cmake_target_name", f"troupe::{layer}")
            part.libs = [f"troupe_{layer}"]
            part.requires = list(below)
            below = [layer]
        self.cpp_info.components["base"].requires = ["tl-expected::tl-expected"]
        self.cpp_info.components["base"].system_libs = ["pthread"]
        self.cpp_info.components["wire"].requires.append("msgpack-cxx::msgpack-cxx")
        self.cpp_info.components["wire"].defines = ["MSGPACK_NO_BOOST"]
        self.cpp_info.components["transport"].requires += ["zeromq::zeromq", "cppzmq::cppzmq"]
        self.cpp_info.components["all"].set_property("cmake_target_name", "troupe::troupe")
        self.cpp_info.components["all"].requires = ["node"]
