"""What the faults are put into: a Prometheus that scrapes each second, servers, databases, small disks, and callers."""

import contextlib
import glob
import itertools
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.parse
import urllib.request

import calls

LOOK_EVERY_S = 0.3
# A start and a stop take a second at most; this is for a machine that is busy.
START_MAX_S = 60
EVERY_S = 1


def wait_until(what, holds, at_most_s=START_MAX_S):
    deadline = time.monotonic() + at_most_s
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {at_most_s} s")
        time.sleep(LOOK_EVERY_S)


def free_port():
    """Finds a port below those that the kernel gives to connections: it must still be free when a server starts again."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as taken, contextlib.suppress(OSError):
            taken.bind(("127.0.0.1", port))
            return port


def get(url):
    # A proxy set for the machine is not for loopback.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=30) as reply:
        return reply.read().decode()


def answers(url):
    try:
        get(url)
    except OSError:
        return False
    return True


class Stage(contextlib.ExitStack):
    """A folder, and everything that runs in it. What was started ends with it, however the test ends."""

    def __init__(self, binary, folder, rules):
        super().__init__()
        self.binary, self.folder = binary, pathlib.Path(folder)
        self.folder.chmod(0o755)
        self.numbers = itertools.count(1)
        self.targets = {}
        self.lock = threading.Lock()
        self.prometheus = Prometheus(self, rules)

    def place(self, name):
        """Makes a folder of its own for something."""
        place = self.folder / f"{next(self.numbers)}-{name}"
        place.mkdir()
        return place

    def start(self, arguments, place, end=lambda process: kill(process), **options):
        """Starts a process, whose output goes to a file. It is ended with the test."""
        with open(place / "log", "ab") as log:
            process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **options)
        self.callback(end, process)
        return process

    def scrape(self, job, server):
        with self.lock:
            self.targets.setdefault(job, []).append(f"127.0.0.1:{server.admin_port}")
            self.prometheus.scrape(self.targets)
        seen = f'up{{instance="127.0.0.1:{server.admin_port}"}} == 1'
        wait_until(f"{job} is scraped", lambda: self.prometheus.asked(seen))

    def forget(self, job):
        with self.lock:
            self.targets.pop(job, None)
            self.prometheus.scrape(self.targets)


def runs(started):
    """True while a process runs; says what it said last when it does not."""
    if started.process.poll() is not None:
        raise RuntimeError(f"it has ended: {(started.place / 'log').read_text(errors='replace')[-600:]}")
    return True


def kill(process):
    if process.poll() is None:
        process.kill()
    process.wait()


class Prometheus:
    """Debian's Prometheus. It notes which alerts ever fired."""

    def __init__(self, stage, rules):
        place = stage.place("prometheus")
        self.found, port, self.fired = place / "targets.json", free_port(), set()
        self.address = f"http://127.0.0.1:{port}"
        self.scrape({})
        (place / "rules.yml").write_text(rules, encoding="utf-8")
        every = {"scrape_interval": f"{EVERY_S}s", "scrape_timeout": f"{EVERY_S}s", "evaluation_interval": f"{EVERY_S}s"}
        jobs = [{"job_name": "goodturn", "file_sd_configs": [{"files": [str(self.found)], "refresh_interval": "1s"}]}]
        config = {"global": every, "rule_files": ["rules.yml"], "scrape_configs": jobs}
        (place / "prometheus.yml").write_text(json.dumps(config), encoding="utf-8")
        options = ["--config.file=prometheus.yml", "--storage.tsdb.path=data", f"--web.listen-address=127.0.0.1:{port}"]
        stage.start(["prometheus", *options], place, cwd=place)
        wait_until("Prometheus is ready", lambda: answers(f"{self.address}/-/ready"))
        self.ended = threading.Event()
        stage.callback(self.ended.set)
        threading.Thread(target=self.keep_looking, daemon=True).start()

    def scrape(self, targets):
        groups = [{"targets": addresses, "labels": {"job": job}} for job, addresses in targets.items()]
        new = self.found.with_suffix(".new")
        new.write_text(json.dumps(groups), encoding="utf-8")
        new.rename(self.found)

    def asked(self, expression):
        """Returns the series that an expression gives now."""
        told = get(f"{self.address}/api/v1/query?{urllib.parse.urlencode({'query': expression})}")
        return json.loads(told)["data"]["result"]

    def firing(self):
        """Returns the alerts that fire now, with their jobs; that on no target has none."""
        told = json.loads(get(f"{self.address}/api/v1/alerts"))["data"]["alerts"]
        firing = {(each["labels"].get("job"), each["labels"]["alertname"]) for each in told if each["state"] == "firing"}
        self.fired |= firing
        return firing

    def of(self, job):
        return {name for of_job, name in self.firing() if of_job == job}

    def keep_looking(self):
        while not self.ended.wait(EVERY_S):
            with contextlib.suppress(OSError):
                self.firing()


class Server:
    """A server. It keeps its ports when it is started again."""

    def __init__(self, stage, database, environment=None, place=None):
        self.stage, self.database, self.process = stage, database, None
        self.place = place or stage.place("server")
        self.environment = {**os.environ, **(environment or {})}
        self.port, self.admin_port = free_port(), free_port()
        self.callers = calls.Callers(f"127.0.0.1:{self.port}")
        stage.callback(self.callers.close)

    def start(self, waits=True):
        options = ["--listen", f"127.0.0.1:{self.port}", "--admin-listen", f"127.0.0.1:{self.admin_port}"]
        command = [self.stage.binary, "serve", *options, "--database", self.database]
        self.process = self.stage.start(command, self.place, env=self.environment, cwd=self.place)
        if waits:
            wait_until(f"{self.database} is served", self.is_ready)
        return self

    def shown_as(self, job):
        """Has Prometheus scrape it."""
        self.stage.scrape(job, self)
        return self

    def is_ready(self):
        return runs(self) and answers(f"http://127.0.0.1:{self.admin_port}/readyz")

    def kill(self):
        kill(self.process)

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def metric(self, name):
        lines = get(f"http://127.0.0.1:{self.admin_port}/metrics").splitlines()
        return next(float(line.split()[-1]) for line in lines if line.startswith(name))


class Cluster:
    """A PostgreSQL of its own. As root it runs as the user postgres, for it refuses root."""

    def __init__(self, stage):
        self.stage, self.port, self.place = stage, free_port(), stage.place("postgres")
        self.user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        if self.user:
            shutil.chown(self.place, "postgres", "postgres")
        self.data, self.process, self.databases = self.place / "data", None, itertools.count(1)
        initdb = [program("initdb"), "--no-sync", "--locale=C", "--encoding=UTF8", "--auth=trust", "--username=postgres"]
        subprocess.run([*initdb, "-D", self.data], check=True, capture_output=True, cwd="/", **self.user)
        self.start()

    def start(self):
        options = [
            "-D",
            self.data,
            "-k",
            self.place,
            "-p",
            str(self.port),
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "max_connections=200",
        ]
        self.process = self.stage.start([program("postgres"), *options], self.place, end=self.end, cwd="/", **self.user)
        wait_until("PostgreSQL answers", lambda: runs(self) and self.psql("postgres", "select 1").returncode == 0)

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()

    def end(self, process):
        """Ends it at once. Killed, it would leave its shared memory behind."""
        if process.poll() is None:
            self.freeze(signal.SIGCONT)
            process.send_signal(signal.SIGQUIT)
        process.wait()

    def freeze(self, how=signal.SIGSTOP):
        """Has the server and all its sessions stand still, or go on."""
        for pid in [self.process.pid, *children(self.process.pid)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, how)

    def psql(self, database, sql):
        command = [program("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self.place, "-p", str(self.port)]
        return subprocess.run(
            [*command, "-U", "postgres", "-d", database, "-c", sql], capture_output=True, text=True, check=False
        )

    def sql(self, database, sql):
        done = self.psql(database, sql)
        if done.returncode:
            raise RuntimeError(f"{sql}: {done.stderr}")
        return done.stdout.strip()

    def create(self):
        """Makes a database, and returns its name and its URL."""
        name = f"d{next(self.databases)}"
        self.sql("postgres", f"create database {name} template template0")
        return name, f"postgres://postgres@127.0.0.1:{self.port}/{name}"

    @contextlib.contextmanager
    def locked(self, database, table, seconds=300):
        """Keeps everybody from a table."""
        sql = f"begin; lock table {table} in access exclusive mode; select pg_sleep({seconds})"
        holder = threading.Thread(target=self.psql, args=(database, sql), daemon=True)
        holder.start()
        held = f"select count(*) from pg_locks where relation = '{table}'::regclass and mode = 'AccessExclusiveLock' and granted"
        wait_until(f"{table} is locked", lambda: self.sql(database, held) == "1")
        try:
            yield
        finally:
            of_it = "datname = current_database() and pid <> pg_backend_pid() and query like '%pg_sleep%'"
            self.sql(database, f"select pg_terminate_backend(pid) from pg_stat_activity where {of_it}")
            holder.join()

    @contextlib.contextmanager
    def locked_in_turns(self, database, table, seconds, pause):
        """Keeps everybody from writing to a table for some seconds, again and again."""
        ended, sql = threading.Event(), f"begin; lock table {table} in exclusive mode; select pg_sleep({seconds}); commit"

        def lock():
            while not ended.wait(pause):
                self.psql(database, sql)

        turns = threading.Thread(target=lock, daemon=True)
        turns.start()
        try:
            yield
        finally:
            ended.set()
            turns.join()


def program(name):
    """Returns a program of PostgreSQL. Debian keeps them out of the search path, or puts a script of its own there."""
    found = next(iter(sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), reverse=True)), None) or shutil.which(name)
    if not found:
        raise FileNotFoundError(f"{name} is missing (Debian: postgresql)")
    return found


def children(pid):
    found = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(child) for child in found.split()]


@contextlib.contextmanager
def small_disk(stage, mebibytes):
    """Mounts a disk in memory, which a test can fill."""
    place = stage.place("disk")
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=0755", "tmpfs", place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def fill(disk):
    with open(disk / "filler", "wb") as filler:
        for size in (1 << 20, 1 << 12):
            with contextlib.suppress(OSError):
                while True:
                    os.write(filler.fileno(), bytes(size))
