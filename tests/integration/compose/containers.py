"""Three containers that are a cluster, and what becomes of them when one is killed, paused, cut
off, restarted or made anew.

  containers.py FOLDER TROUPE AUTHORITY RULE     77 where no engine can run: engine.py says why

By which authority they are a cluster, "redis" or "gossip", makes no difference to most rules.

What happens is seen as an operator sees it, by the `troupe` program of this machine and of the
containers. Each rule begins with three members that are up, however the one before it has left
them.
"""

import json
import subprocess
import sys

from deadline import Deadline
from engine import AUTHORITIES, NAMES, Engine, run, skip

# Twice as long as a crash, a cut and a start take by the times that `troupe config` prints.
SECONDS = 60
OTHER_SECONDS = 3
HEALTHY_SECONDS = 30
NETWORK = "default"


def expect(holds, words):
    if not holds:
        sys.exit(f"expected: {words}")


class Containers:
    def __init__(self, folder, troupe, authority):
        self.engine = Engine(folder, authority)
        self.troupe = troupe
        self.ports = self.engine.ports()
        self._project = ("--filter", f"label=com.docker.compose.project={self.engine.project}")

    def start(self):
        """Three members that are up, and no others beside them."""
        for authority in AUTHORITIES:
            if authority != self.engine.authority:
                Engine(self.engine.folder, authority).compose("stop", "--timeout", "0")
        self.engine.compose("up", "--detach", "--no-build", "--no-recreate")
        self.wait_for_members(*NAMES)

    def id(self, name):
        """Of a container, whether it runs or not."""
        service = f"label=com.docker.compose.service={name}"
        return run("docker", "ps", "--all", "--quiet", *self._project, "--filter", service)

    def inspect(self, name, template):
        return run("docker", "inspect", "--format", template, self.id(name))

    def network(self):
        return f"{self.engine.project}_{NETWORK}"

    def address_in_network(self, name):
        template = f'{{{{(index .NetworkSettings.Networks "{self.network()}").IPAddress}}}}'
        return self.inspect(name, template)

    def at_host(self, name):
        """The node's address on this machine."""
        return f"{name}@127.0.0.1:{self.ports[name]}"

    def from_host(self, *arguments):
        return subprocess.run(
            [self.troupe, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False)  # fmt: skip

    def from_container(self, name, *arguments):
        return subprocess.run(
            ["docker", "exec", self.id(name), "troupe", *arguments], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, check=False)  # fmt: skip

    def view(self, at):
        """What a node shows of its cluster; nothing while it does not answer."""
        said = self.from_host("members", "--json", self.at_host(at))
        return json.loads(said.stdout) if said.returncode == 0 else {}

    def members(self, at):
        """The members that a node shows, by their names; none while it does not answer."""
        return {m["address"].split("@")[0]: m for m in self.view(at).get("members", ())}

    def wait_until(self, words, holds):
        deadline = Deadline(SECONDS)
        while not holds():
            if deadline.is_over():
                views = "\n".join(f"{name} shows {self.members(name)}" for name in NAMES)
                logs = self.engine.compose("logs", "--tail", "40")
                sys.exit(f"not within {SECONDS} s: {words}\n{views}\n{logs}")

    def wait_for_members(self, *names, at=None):
        """Until each of them, or of `at`, shows that they are up, and nobody else."""

        def is_shown(node):
            members = self.members(node)
            return set(members) == set(names) and all(
                member["rank"] == "up" and not member["is_unreachable"]
                for member in members.values())  # fmt: skip

        for node in at or names:
            self.wait_until(f"{node} shows that {', '.join(names)} are up", lambda: is_shown(node))

    def life(self, name):
        """Which life of a node the others show."""
        other = next(node for node in NAMES if node != name)
        shown = {}

        def is_shown():
            shown.update(self.members(other))
            return name in shown

        self.wait_until(f"{other} shows {name}", is_shown)
        return shown[name]["incarnation"]

    def deaths(self, name, since):
        """The exit codes of a container's program since a time of the engine."""
        lines = run("docker", "events", "--since", since, "--until", self.now(), "--filter",
                    f"container={self.id(name)}", "--filter", "event=die", "--format",
                    "{{.Actor.Attributes.exitCode}}")  # fmt: skip
        return [int(line) for line in lines.split()]

    @staticmethod
    def now():
        return run("date", "+%s.%N")

    def deposit(self, cents, name, source):
        """To the bank of a node, from another one or from this machine, where that is None."""
        message = ("tell", self.account(name, source), f'{{"cents": {cents}}}')
        said = self.from_container(source, *message) if source else self.from_host(*message)
        expect(said.returncode == 0, f"{message} from {source or 'the host'}: {said.stdout}")

    def balance(self, name, source):
        question = ("ask", self.account(name, source), "{}", "--type", "Balance")
        said = self.from_container(source, *question) if source else self.from_host(*question)
        expect(said.returncode == 0, f"{question} from {source or 'the host'}: {said.stdout}")
        return int(said.stdout)

    def account(self, name, source):
        node = f"{name}@{name}:7001" if source else self.at_host(name)
        return f"troupe://{node}/user/account"


def form_a_cluster(containers):
    """By themselves; each runs its program as itself, not as root, and is healthy."""
    containers.start()
    leaders = set()
    for name in NAMES:
        members = containers.members(name).values()
        leaders |= {member["address"] for member in members if member["is_leader"]}
        process = run("docker", "exec", containers.id(name), "cat", "/proc/1/comm")
        expect(process == "bank_program", f"the program is the first process, not {process}")
        user = run("docker", "exec", containers.id(name), "id", "--user")
        expect(user != "0", "the program is not root's")
    expect(len(leaders) == 1, f"one leader, of whom all know, not {leaders}")
    for name in NAMES:
        containers.wait_until(
            f"{name} is healthy",
            lambda: containers.inspect(name, "{{.State.Health.Status}}") == "healthy")  # fmt: skip


def are_told_and_asked_from_anywhere(containers):
    """From each node to each, itself among them, and from a shell of this machine."""
    containers.start()
    sources = (*NAMES, None)
    for name in NAMES:
        before = containers.balance(name, None)
        for source in sources:
            containers.deposit(1, name, source)
        for source in sources:
            containers.wait_until(
                f"the four deposits to {name} have come, seen from {source or 'the host'}",
                lambda: containers.balance(name, source) == before + 4)  # fmt: skip
    for source in NAMES:
        for command in ("members", "status"):
            said = containers.from_container(source, command, "c@c:7001")
            expect(said.returncode == 0, f"{command} of c from {source}: {said.stdout}")
    for name in NAMES:
        said = containers.from_host("status", containers.at_host(name))
        expect("is ready" in said.stdout, f"{name} is ready: {said.stdout}")


def lose_one_that_is_killed(containers):
    """And have its next life back."""
    containers.start()
    life = containers.life("b")
    run("docker", "kill", containers.id("b"))
    containers.wait_for_members("a", "c")
    said = containers.from_container("a", "ask", "troupe://b@b:7001/user/account", "{}", "--type",
                                     "Balance")  # fmt: skip
    expect(said.returncode == 69, f"69 for one that is gone: {said.returncode}, {said.stdout}")
    run("docker", "start", containers.id("b"))
    containers.wait_for_members(*NAMES)
    expect(containers.life("b") != life, "who was killed comes back as another life")


def keep_one_that_stood_still_for_three_seconds(containers):
    """It is the same life, and has what it had."""
    containers.start()
    life = containers.life("c")
    containers.deposit(7, "c", "a")
    balance = containers.balance("c", "a")

    def seconds_of_a():
        status = containers.from_host("status", "--json", containers.at_host("a"))
        return json.loads(status.stdout)["uptime"] / 1000

    begun = seconds_of_a()
    run("docker", "pause", containers.id("c"))
    containers.wait_until("a has gone on for 3 s", lambda: seconds_of_a() >= begun + OTHER_SECONDS)
    run("docker", "unpause", containers.id("c"))
    containers.wait_for_members(*NAMES)
    expect(containers.life("c") == life, "who stood still for 3 s is the same")
    expect(containers.balance("c", "a") == balance, "it has what it had")


def give_up_one_that_is_cut_off_and_take_it_back(containers):
    """It ends itself, with 75, is started anew by the engine, and joins once the cut has healed. By
    Redis it does not know before that it has been given up, and owns nothing meanwhile."""
    containers.start()
    life = containers.life("c")
    since = containers.now()
    run("docker", "network", "disconnect", containers.network(), containers.id("c"))
    containers.wait_for_members("a", "b")

    def has_ended():
        return containers.deaths("c", since) == [75]

    if containers.engine.authority == "gossip":
        containers.wait_until("c has ended itself", has_ended)
    run("docker", "network", "connect", "--alias", "c", containers.network(), containers.id("c"))
    containers.wait_until("c has ended itself", has_ended)
    containers.wait_for_members(*NAMES)
    expect(containers.life("c") != life, "who was given up comes back as another life")


def let_one_go_that_is_restarted(containers):
    """Its program ends in order: nobody waits for its silence, and its next life joins."""
    containers.start()
    life = containers.life("b")
    since = containers.now()
    containers.engine.compose("restart", "b")
    containers.wait_for_members(*NAMES)
    expect(containers.deaths("b", since) == [0], "a restart ends the program in order")
    expect(containers.life("b") != life, "who was restarted comes back as another life")


def know_one_that_was_made_anew_at_another_address(containers):
    """By its name, though all have had connections to its former address."""
    containers.start()
    life = containers.life("b")
    address = containers.address_in_network("b")
    containers.engine.compose("rm", "--stop", "--force", "b")
    containers.wait_for_members("a", "c")
    # Somebody else has the address meanwhile.
    squatter = run("docker", "run", "--detach", "--rm", "--network", containers.network(),
                   containers.engine.image)  # fmt: skip
    try:
        containers.start()
    finally:
        run("docker", "rm", "--force", squatter)
    expect(containers.address_in_network("b") != address, f"b is not at {address} any more")
    expect(containers.life("b") != life, "who was made anew is another life")
    before = containers.balance("b", "a")
    containers.deposit(5, "b", "c")
    containers.wait_until("b is reached", lambda: containers.balance("b", "a") == before + 5)


def lose_nobody_while_redis_is_stopped(containers):
    """They own nothing meanwhile, answer, and own again once it is back."""
    containers.start()

    def all_own(owns):
        return all(containers.view(name).get("may_own") is owns for name in NAMES)

    containers.wait_until("all may own", lambda: all_own(True))
    lives = [containers.life(name) for name in NAMES]
    containers.engine.compose("stop", "redis")
    containers.wait_until("nobody may own", lambda: all_own(False))
    containers.wait_for_members(*NAMES)
    before = containers.balance("c", "a")
    containers.deposit(3, "c", "b")
    containers.wait_until("c is reached", lambda: containers.balance("c", "a") == before + 3)
    containers.engine.compose("start", "redis")
    containers.wait_until("all may own again", lambda: all_own(True))
    containers.wait_for_members(*NAMES)
    expect([containers.life(name) for name in NAMES] == lives, "all are the same lives")


def end_in_order_when_they_are_stopped(containers):
    """All at once, none by force."""
    containers.start()
    since = containers.now()
    containers.engine.compose("stop")
    for name in NAMES:
        codes = containers.deaths(name, since)
        expect(codes == [0], f"{name} ends once, with 0, not with {codes}")


if __name__ == "__main__":
    folder, program, kind, rule = sys.argv[1:]
    note = Engine(folder).note()
    if "problem" in note:
        skip(note["problem"])
    globals()[rule](Containers(folder, program, kind))
