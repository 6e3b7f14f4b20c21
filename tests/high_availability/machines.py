"""Machines that are namespaces: each has processes, a network and folders of its own, joined by a switch that is one, too.

Nothing outside of them is changed, and what is in one ends with its first process. All of it is removed by `Lab.close`.
"""

import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import time

PREFIX = "goodturn-ha-"
# Folders of a machine that it keeps when it is stopped, by where it sees them.
KEPT = {"postgresql": "/var/lib/postgresql", "etcd": "/var/lib/etcd", "programs": "/opt"}
# What a machine does first. /etc is that of this machine, and what is written there goes to a folder of its own.
BEGIN = """
set -eu
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$PLACE/etc,workdir=$PLACE/work" /etc
for kept in $KEPT; do mount --bind "$PLACE/${kept%%:*}" "${kept#*:}"; done
mount --bind "$PLACE/log" /var/log
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /dev/shm
mkdir /run/postgresql
chown postgres:postgres /run/postgresql
ip link set lo up
touch "$PLACE/is-up"
exec python3 -c "$REAP"
"""
# The first process takes leave of those that nobody else waits for. Patroni waits until they are gone.
REAP = """
import os, time
while True:
    try:
        os.wait()
    except ChildProcessError:
        time.sleep(0.1)
"""
# Stands in a log where the machine was switched on.
BEGUN = "== begun\n"
# Starts a program again when it ends, as systemd does, but sooner.
AGAIN = 'while :; do "$@" && status=0 || status=$?; echo "== ended with $status"; sleep 1; done'


def run(*command, **options):
    """Runs a command that must succeed, and returns what it prints."""
    options = {"check": True, "text": True, "timeout": 60, "stdin": subprocess.DEVNULL} | options
    if options.get("input") is not None:
        del options["stdin"]
    try:
        return subprocess.run(list(map(str, command)), capture_output=True, **options).stdout
    except subprocess.CalledProcessError as error:
        raise RuntimeError(f"{' '.join(map(str, command))[:300]} ended with {error.returncode}: {error.stderr[-2000:]}") from error


def wait_until(what, holds, at_most_s=60, every_s=0.25):
    deadline = time.monotonic() + at_most_s
    while True:
        with contextlib.suppress(OSError, RuntimeError, subprocess.SubprocessError):
            found = holds()
            if found:
                return found
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {at_most_s} s")
        time.sleep(every_s)


class Lab:
    """The switch, the machines on it, and the folder that all of it is in."""

    def __init__(self, folder):
        remove_left_over()
        self.folder = pathlib.Path(folder)
        self.folder.chmod(0o755)
        self.name = f"{PREFIX}{os.getpid()}"
        self.machines = []
        self.switch = f"{self.name}-switch"
        run("ip", "netns", "add", self.switch)
        self.on_switch("ip", "link", "add", "switch", "type", "bridge")
        self.on_switch("ip", "link", "set", "switch", "up")

    def on_switch(self, *command):
        return run("ip", "netns", "exec", self.switch, *command)

    def machine(self, name, address):
        machine = Machine(self, name, address, len(self.machines) + 1)
        self.machines.append(machine)
        return machine

    def close(self):
        for machine in self.machines:
            with contextlib.suppress(OSError, RuntimeError, subprocess.SubprocessError):
                machine.stop()
        for namespace in namespaces(self.name):
            remove_namespace(namespace)


def namespaces(prefix):
    return [line.split()[0] for line in run("ip", "netns", "list").splitlines() if line.startswith(prefix)]


def remove_namespace(name):
    for pid in run("ip", "netns", "pids", name).split():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
    run("ip", "netns", "del", name)


def remove_left_over():
    """Removes what a run left that could not: one that was killed."""
    for name in namespaces(PREFIX):
        owner = name.removeprefix(PREFIX).split("-")[0]
        if not pathlib.Path("/proc", owner).exists():
            remove_namespace(name)


class Machine:
    """A machine. `start` is its power switched on, `stop` its power cut."""

    def __init__(self, lab, name, address, number):
        self.lab, self.name, self.address, self.number = lab, name, address, number
        self.namespace = f"{lab.name}-{name}"
        self.place = lab.folder / name
        self.first = None
        for folder in ("etc", "work", "log", *KEPT):
            (self.place / folder).mkdir(parents=True)
            (self.place / folder).chmod(0o755)

    def start(self):
        (self.place / "is-up").unlink(missing_ok=True)
        run("ip", "netns", "add", self.namespace)
        # The end of the wire at the switch has a name of its own there.
        self.wire = f"wire{self.number}"
        self.lab.on_switch("ip", "link", "add", self.wire, "type", "veth", "peer", "name", "net", "netns", self.namespace)
        self.lab.on_switch("ip", "link", "set", self.wire, "master", "switch", "up")
        run("ip", "-n", self.namespace, "address", "add", f"{self.address}/24", "dev", "net")
        run("ip", "-n", self.namespace, "link", "set", "net", "up")
        kept = " ".join(f"{folder}:{seen}" for folder, seen in KEPT.items())
        # If this program is killed, `unshare` ends, and with it everything in the machine.
        unshare = "unshare --mount --pid --ipc --fork --mount-proc --kill-child=SIGKILL".split()
        command = ["setpriv", "--pdeathsig", "KILL", "ip", "netns", "exec", self.namespace, *unshare, "sh", "-c", BEGIN]
        environment = os.environ | {"PLACE": str(self.place), "KEPT": kept, "REAP": REAP}
        with open(self.place / "log" / "machine", "ab") as log:
            self.process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            wait_until(f"{self.name} is up", (self.place / "is-up").exists, 20, 0.05)
        except TimeoutError as error:
            raise TimeoutError(f"{error}: {(self.place / 'log' / 'machine').read_text()[-1000:]}") from None
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        self.first = int(children.read_text().split()[0])

    def stop(self):
        """Cuts the power: the network says no word, and every process ends at once."""
        if self.first is None:
            return
        self.lab.on_switch("ip", "link", "set", self.wire, "down")
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.first, signal.SIGKILL)
        self.process.wait(timeout=30)
        self.first = None
        run("ip", "netns", "del", self.namespace)
        # A namespace stays until its last socket has gone.
        self.lab.on_switch("ip", "link", "del", self.wire)
        # What an overlay keeps for itself; it must be empty for the next.
        shutil.rmtree(self.place / "work")
        (self.place / "work").mkdir()

    def is_up(self):
        return self.first is not None

    def inside(self, *command, user=None):
        """Returns the command that runs another one inside, as a user of this machine."""
        enter = ["nsenter", "--target", str(self.first), "--mount", "--pid", "--ipc", "--net", "--wd=/"]
        become = []
        if user:
            of = pwd.getpwnam(user)
            become = ["setpriv", f"--reuid={of.pw_uid}", f"--regid={of.pw_gid}", "--init-groups"]
        # As systemd would: nothing of whoever started this.
        home = pwd.getpwnam(user or "root").pw_dir
        clean = ["env", "-i", "LANG=C.UTF-8", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", f"HOME={home}"]
        return [*enter, *become, *clean, *map(str, command)]

    def run(self, *command, user=None, **options):
        return run(*self.inside(*command, user=user), **options)

    def serve(self, name, *command, user=None, environment=None):
        """Starts a program that is started again when it ends. What it says is in the folder `log`."""
        with open(self.place / "log" / name, "ab") as log:
            log.write(BEGUN.encode())
            log.flush()
            shell = self.inside("env", *(environment or ()), "sh", "-c", AGAIN, name, *command, user=user)
            subprocess.Popen(shell, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def kill(self, pattern, how="TERM"):
        """Sends a signal to the processes of this machine alone whose command line matches, and says how many there were."""
        pids = self.pids(pattern)
        for pid in pids:
            with contextlib.suppress(RuntimeError):
                self.run("kill", f"-{how}", pid)
        return len(pids)

    def pids(self, pattern):
        found = subprocess.run(self.inside("pgrep", "-f", pattern), capture_output=True, text=True, timeout=20, check=False)
        return [int(pid) for pid in found.stdout.split()]

    def write(self, path, text, mode=0o644):
        """Writes a file as the machine sees it: one below /etc is its own."""
        self.run("install", "-D", f"--mode={mode:o}", "/dev/stdin", path, input=text)

    def drop(self, *rules):
        """Drops packets, as the network does where a cable is cut. Each rule is that of a chain, as `OUTPUT -d …`."""
        for rule in rules:
            run("ip", "netns", "exec", self.namespace, "iptables", "-w", "-A", *rule.split(), "-j", "DROP")

    def heal(self):
        if self.is_up():
            run("ip", "netns", "exec", self.namespace, "iptables", "-w", "-F")
