"""The engine that the tests of containers run on, and their images.

  engine.py begin FOLDER TROUPE BANK_PROGRAM    makes all ready, or says why that cannot be: 77
  engine.py end FOLDER                          removes the containers, ends what `begin` started

Where no engine runs and this is root, `begin` starts `dockerd`, which `end` stops. The image has
the programs that this build has made, on the runtime stage of the Dockerfile: to compile them once
more in a container, as users' own image does, would take longer than all the tests. FOLDER keeps
what the two have to tell each other and the tests.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import zlib

from deadline import Deadline

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
SKIPPED = 77
ENGINE_SECONDS = 60  # Until it answers, and until it has ended.
# The nodes of docker-compose.yml.
NAMES = ("a", "b", "c")
# What says who is a member, and the files that say so.
AUTHORITIES = {
    "redis": ("docker-compose.yml",),
    "gossip": ("docker-compose.yml", "docker-compose.gossip.yml"),
}


class Missing(Exception):
    """What these tests cannot do without is not here."""


def run(*command, **more):
    """What a command says, or the end of the test with all that it said."""
    result = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **more
    )
    if result.returncode != 0:
        sys.exit(f"failed with {result.returncode}: {' '.join(command)}\n{result.stdout}")
    return result.stdout.strip()


def succeeds(*command):
    result = subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    )
    return result.returncode == 0


class Engine:
    """What one build directory has of an engine: names that no other one uses, and a note."""

    def __init__(self, folder, authority="redis"):
        self.folder = os.path.abspath(folder)
        self.authority = authority
        own = f"troupe-test-{zlib.crc32(self.folder.encode()):08x}"
        self.project = f"{own}-{authority}"
        self.image = f"{own}-bank"
        self.redis_image = f"{own}-redis"
        self.runtime = f"{own}-runtime"
        self._note = os.path.join(self.folder, "engine.json")

    def note(self):
        """What `begin` has left: "problem" where there is no engine, "pid" of one that it started,
        and by authority the "ports" of this machine at which the nodes are."""
        try:
            with open(self._note, encoding="utf-8") as file:
                return json.load(file)
        except FileNotFoundError:
            return {"problem": "nothing has been made ready: run these tests by ctest"}

    def write_note(self, **words):
        with open(self._note, "w", encoding="utf-8") as file:
            json.dump(words, file)

    def compose(self, *arguments):
        """docker-compose, or the plug-in of that name, on the three nodes."""
        program = ["docker-compose"] if shutil.which("docker-compose") else ["docker", "compose"]
        environment = dict(os.environ, BANK_IMAGE=self.image, REDIS_IMAGE=self.redis_image)
        for name, port in self.ports().items():
            environment[f"PORT_OF_{name.upper()}"] = str(port)
        files = []
        for file in AUTHORITIES[self.authority]:
            files += ["-f", os.path.join(ROOT, file)]
        files += ["-f", os.path.join(HERE, "bank.yml")]
        return run(*program, *files, "-p", self.project, *arguments, env=environment)

    def ports(self):
        return self.note()["ports"][self.authority]

    def remove_containers(self):
        for authority in AUTHORITIES:
            Engine(self.folder, authority).compose(
                "down", "--timeout", "0", "--volumes", "--remove-orphans")  # fmt: skip

    def begin(self, *programs):
        os.makedirs(self.folder, exist_ok=True)
        pid = self.note().get("pid")
        try:
            pid = self._start() or pid
            self._make_images(*programs)
        except Missing as missing:
            self.write_note(problem=str(missing), pid=pid)
            skip(str(missing))
        ports = iter(free_ports(len(AUTHORITIES) * len(NAMES)))
        self.write_note(
            pid=pid, ports={each: {name: next(ports) for name in NAMES} for each in AUTHORITIES}
        )
        self.remove_containers()  # Of a run that was ended before its end.

    def end(self):
        note = self.note()
        if "problem" not in note:
            self.remove_containers()
            run("docker", "image", "rm", "--force", self.image, self.redis_image)
        if note.get("pid"):
            stop_dockerd(note["pid"])
        if os.path.exists(self._note):
            os.remove(self._note)

    def _start(self):
        """The id of the process that it has started, or None: there was an engine."""
        if not shutil.which("docker"):
            raise Missing("there is no docker; scripts/setup --containers installs it")
        if not shutil.which("docker-compose") and not succeeds("docker", "compose", "version"):
            raise Missing("there is no docker-compose; scripts/setup --containers installs it")
        asked = subprocess.run(["docker", "version"], capture_output=True, text=True, check=False)
        if asked.returncode == 0:
            return None
        why = (asked.stderr.strip() or "no engine answers").splitlines()[-1]
        if not shutil.which("dockerd"):
            raise Missing(f"{why}; there is no dockerd either: scripts/setup --containers")
        if os.geteuid() != 0:
            raise Missing(f"{why}; only root may start dockerd")
        return self._start_dockerd()

    def _start_dockerd(self):
        log = os.path.join(self.folder, "dockerd.log")
        with open(log, "w", encoding="utf-8") as file:
            process = subprocess.Popen(
                ["dockerd"], stdin=subprocess.DEVNULL, stdout=file, stderr=file,
                start_new_session=True)  # fmt: skip
        self.write_note(problem="dockerd is being started", pid=process.pid)
        deadline = Deadline(ENGINE_SECONDS)
        while not succeeds("docker", "version"):
            if process.poll() is not None or deadline.is_over():
                stop_dockerd(process.pid)
                with open(log, encoding="utf-8") as file:
                    raise Missing(f"dockerd does not run here: {file.readlines()[-1].strip()}")
        return process.pid

    def _make_images(self, *programs):
        based = subprocess.run(
            [os.path.join(ROOT, "scripts", "debian-image")],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)  # fmt: skip
        if based.returncode != 0:
            raise Missing(based.stdout.strip())
        dockerfile = os.path.join(ROOT, "Dockerfile")
        for image, stage in ((self.redis_image, "redis"), (self.runtime, "runtime")):
            with open(dockerfile, encoding="utf-8") as file:
                run("docker", "build", "-t", image, "--target", stage, "-", stdin=file)
        context = os.path.join(self.folder, "image")
        shutil.rmtree(context, ignore_errors=True)
        os.makedirs(context)
        shutil.copy(os.path.join(HERE, "Dockerfile"), context)
        for program in programs:
            run("strip", "-o", os.path.join(context, os.path.basename(program)), program)
        run("docker", "build", "-t", self.image, "--build-arg", f"RUNTIME={self.runtime}", context)
        if not succeeds("docker", "run", "--rm", self.image, "--version"):
            raise Missing("what is built here does not run on Debian 12, which is in the image")


def free_ports(count):
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports


def skip(reason):
    print(f"SKIPPED: {reason}")
    sys.exit(SKIPPED)


def stop_dockerd(pid):
    """In order, and waits until it has ended. Does nothing where the number is another's by now."""
    try:
        process = os.pidfd_open(pid)
        with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
            if file.read().strip() != "dockerd":
                return
    except (ProcessLookupError, FileNotFoundError):
        return
    signal.pidfd_send_signal(process, signal.SIGTERM)
    if not Deadline(ENGINE_SECONDS).wait_for(process):
        sys.exit(f"dockerd, process {pid}, has not ended within {ENGINE_SECONDS} s")


if __name__ == "__main__":
    command, folder, *rest = sys.argv[1:]
    if command == "begin":
        Engine(folder).begin(*rest)
    else:
        Engine(folder).end()
