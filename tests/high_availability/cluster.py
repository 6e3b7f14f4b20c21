"""Three machines as docs/operate/high-availability.md describes them, from the files in packaging/high-availability/."""

import contextlib
import json
import pathlib
import secrets
import shutil
import subprocess

from machines import run, wait_until

HERE = pathlib.Path(__file__).resolve().parents[2]
FILES = HERE / "packaging" / "high-availability"
ISSUER = HERE / "examples" / "trial-issuer"
NAMES = ("one", "two", "three")
NETWORK = "10.77.0"
CLIENTS = "clients"
PROGRAM = "programs/forum"
ACCESS = """pepper_files = ["credential:pepper"]

[[issuers]]
name = "https://login.example"
audience = "goodturn"
keys = "keys.json"
person_claim = "auth_time"

[[operators]]
name = "olga"
issuer = "https://login.example"
subject = "olga"

[limits]
calls_per_second = 100000
"""
RULES = """in_force_from = "2024-01-01T00:00:00Z"

[[rules]]
rule_id = "kudos"
activity_kind = "kudos"
points = 1
"""
# Processes of a machine, by what their command lines begin with.
POSTGRES = "^/usr/lib/postgresql/15/bin/postgres -D"
PATRONI = "^/usr/bin/python3 /usr/bin/patroni"
GOODTURN = "^/opt/goodturn serve"
# A first start copies the primary to both standbys.
BEGIN_MAX_S = 180
# What comes back is started, rewound and made a standby: some twenty seconds. This is for a machine that is busy.
WHOLE_MAX_S = 240


class Cluster:
    def __init__(self, lab, binary):
        self.lab = lab
        self.nodes = [lab.machine(name, f"{NETWORK}.{n}") for n, name in enumerate(NAMES, 1)]
        self.clients = lab.machine(CLIENTS, f"{NETWORK}.9")
        self.secrets = lab.folder / "secrets"
        self.user = "goodturn" if user_exists("goodturn") else "nobody"
        run(FILES / "prepare", self.secrets, *(node.address for node in self.nodes))
        passwords = dict(line.split("=") for line in (self.secrets / "passwords").read_text().splitlines())
        self.owner_password = passwords["owner_password"]
        self.make_secrets()
        for node in self.nodes:
            shutil.chown(node.place / "postgresql", "postgres")
            shutil.chown(node.place / "etcd", "etcd")
            self.install(node, binary)

    def make_secrets(self):
        """Makes what docs/operate/first-deployment.md does: who may call, and the keys of the servers."""
        run(ISSUER, "init", self.secrets / "issuer")
        for name in ("payee-keys", "pepper"):
            (self.secrets / name).write_text(secrets.token_hex(32) + "\n", encoding="utf-8")
        # The servers' certificate is of the same authority, for want of another.
        at = {name: self.secrets / name for name in ("tls-key", "tls.csr", "tls.crt", "db-ca.crt", "db-ca.key")}
        curve = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost".split()
        names = ["-addext", "subjectAltName=DNS:localhost"]
        run("openssl", "req", *curve, *names, "-keyout", at["tls-key"], "-out", at["tls.csr"])
        signs = ["-copy_extensions", "copy", "-CA", at["db-ca.crt"], "-CAkey", at["db-ca.key"], "-CAcreateserial"]
        run("openssl", "x509", "-req", "-in", at["tls.csr"], *signs, "-days", "9", "-out", at["tls.crt"])

    def fill(self, node):
        """Puts the files of a machine in place, once it is up, with the program that people do it with."""
        node.write("/etc/hosts", f"127.0.0.1 localhost\n{node.address} {node.name}\n")
        node.run(FILES / "place", self.secrets / node.name)
        node.write("/etc/goodturn/tls.crt", (self.secrets / "tls.crt").read_text())
        node.write("/etc/goodturn/access.toml", ACCESS)
        node.write("/etc/goodturn/keys.json", (self.secrets / "issuer/keys.json").read_text())
        for name in ("payee-keys", "pepper", "tls-key"):
            node.write(f"/etc/goodturn/credentials/{name}", (self.secrets / name).read_text(), 0o600)
        # There is no systemd here that reads these as root, and gives the server a copy.
        node.run("chown", "-R", self.user, "/etc/goodturn/credentials")

    def url(self, role, password, host="ledger-db", port=5433):
        """Returns the URL of the ledger for a role: by HAProxy, or straight at a machine."""
        return f"postgres://{role}:{password}@{host}:{port}/points?sslmode=verify-full&sslrootcert=/etc/goodturn/db-ca.crt"

    def install(self, node, binary):
        """Puts a version of the server in place of the one that is there, which goes on until it is restarted."""
        folder = node.place / "programs"
        shutil.copy2(binary, folder / "new")
        (folder / "new").chmod(0o755)
        (folder / "new").rename(folder / "goodturn")

    def start(self, node):
        """Switches a machine on, and starts what systemd starts on it."""
        node.start()
        if not (node.place / "etc/patroni").exists():
            self.fill(node)
        environment = node.run("cat", "/etc/default/etcd")
        variables = [line.replace('"', "") for line in environment.splitlines() if line.startswith("ETCD_")]
        node.serve("etcd", "/usr/bin/etcd", user="etcd", environment=variables)
        self.start_patroni(node)
        node.serve("haproxy", "/usr/sbin/haproxy", "-db", "-f", "/etc/haproxy/haproxy.cfg")
        if self.is_migrated(node):
            self.start_goodturn(node)

    def start_patroni(self, node):
        node.serve("patroni", "/usr/bin/patroni", "/etc/patroni/config.yml", user="postgres")

    def start_goodturn(self, node):
        (node.place / "migrated").touch()
        environment = ["CREDENTIALS_DIRECTORY=/etc/goodturn/credentials"]
        command = ["/opt/goodturn", "serve", "--config", "/etc/goodturn/goodturn.toml"]
        node.serve("goodturn", *command, user=self.user, environment=environment)

    def is_migrated(self, node):
        return (node.place / "migrated").exists()

    def begin(self):
        """Starts everything, and makes the database, a programme, and the key of its callers."""
        self.clients.start()
        for node in self.nodes:
            self.start(node)
        self.wait_whole(BEGIN_MAX_S, servers=False)
        primary = self.primary()
        roles = [word for line in (self.secrets / "passwords").read_text().split() for word in ("-v", line)]
        primary.run("psql", "-q", *roles, "-f", "-", user="postgres", input=(FILES / "roles.sql").read_text())
        self.migrate(self.nodes[0])
        for node in self.nodes:
            self.start_goodturn(node)
        self.wait_whole()
        self.make_program()

    def migrate(self, node):
        url = self.url("goodturn_owner", self.owner_password)
        return self.goodturn(node, "migrate", "--database", url, "--grant-to", "goodturn")

    def goodturn(self, node, *arguments, environment=(), **options):
        return node.run("env", *environment, "/opt/goodturn", *arguments, **options)

    def make_program(self):
        node = self.nodes[0]
        olga, anna, ben = map(self.token, ("olga", "anna", "ben"))
        owners = [{"issuer": "https://login.example", "subject": who, "display_name": who} for who in ("anna", "ben")]
        program = {"currency_code": "GBP", "time_zone": "Europe/London"}
        self.call(olga, "Programs/CreateProgram", {"program_id": "forum", "program": program, "owners": owners})
        as_anna = [f"GOODTURN_TOKEN={anna}", "GOODTURN_SERVER=https://localhost:7460", "GOODTURN_CA_FILE=/etc/goodturn/db-ca.crt"]
        listed = self.goodturn(node, "access", "list", "--program", "forum", environment=as_anna)
        person = next(word for line in listed.splitlines() if "anna" in line for word in line.split() if word.startswith("p-"))
        name = f"{PROGRAM}/accessChanges/1"
        grant = {"person": f"{PROGRAM}/persons/{person}", "roles": ["ROLE_COMMUNITY"]}
        change = {"access_change": {"name": name, "note": "rules", "grant_roles": grant}}
        self.call(anna, "Principals/ChangeAccess", change)
        self.call(ben, "Principals/ApproveAccessChange", {"name": name})
        node.write("/etc/goodturn/rules.toml", RULES)
        self.goodturn(node, "rules", "publish", "/etc/goodturn/rules.toml", "--program", "forum", environment=as_anna)
        key = "keys create --program forum --service forum --role frontend --source forum --note load".split()
        self.key = self.goodturn(node, *key, environment=as_anna).split()[-1]

    def token(self, who):
        return run(ISSUER, "token", self.secrets / "issuer", who).strip()

    def call(self, token, method, request, **options):
        """Makes a call on a machine whose server is ready, with `grpcurl` of the tools that tests use."""
        grpcurl = HERE / "target/tools/venv/bin/grpcurl"
        trust = ["-cacert", "/etc/goodturn/db-ca.crt", "-H", f"authorization: Bearer {token}", "-d", json.dumps(request)]
        node = wait_until("a server is ready", lambda: next(filter(self.is_ready, self.nodes), None), WHOLE_MAX_S)
        return node.run(grpcurl, *trust, "localhost:7460", f"goodturn.v1.{method}", cwd="/", **options)

    def views(self):
        """Returns what each Patroni that answers tells of the machines. One that was cut off tells what was."""
        told = []
        for node in self.nodes:
            if not node.is_up():
                continue
            asked = node.inside("curl", "--silent", "--max-time", "2", f"http://{node.address}:8008/cluster")
            answer = subprocess.run(asked, capture_output=True, text=True, timeout=20, check=False).stdout
            with contextlib.suppress(ValueError, KeyError):
                told.append({member["name"]: member for member in json.loads(answer)["members"]})
        return told

    def members(self):
        """Returns what most of them tell, by who they say is the primary."""
        told = self.views()
        leaders = [leader(view) for view in told]
        return max(told, key=lambda view: leaders.count(leader(view)), default={})

    def of_role(self, role):
        names = [name for name, member in self.members().items() if member["role"] == role and member["state"] in RUNS]
        return next((node for node in self.nodes if names == [node.name]), None)

    def primary(self):
        return wait_until("there is a primary", lambda: self.of_role("leader"), WHOLE_MAX_S)

    def standby(self):
        """Returns the machine that holds every acknowledged commit beside the primary."""
        return wait_until("there is a synchronous standby", lambda: self.of_role("sync_standby"), WHOLE_MAX_S)

    def other(self):
        """Returns the third machine."""
        both = {self.primary(), self.standby()}
        return next(node for node in self.nodes if node not in both)

    def is_whole(self, servers=True):
        told = self.views()
        if len(told) != len(self.nodes) or len({leader(view) for view in told}) != 1:
            return False
        for view in told:
            roles = sorted(each["role"] for each in view.values() if each["state"] in RUNS and not each.get("lag"))
            if roles != ["leader", "replica", "sync_standby"] or len({each.get("timeline") for each in view.values()}) != 1:
                return False
        return not servers or all(self.is_ready(node) for node in self.nodes)

    def is_ready(self, node):
        """True when the server of a machine would have callers sent to it."""
        return node.is_up() and node.run("curl", "--silent", "--max-time", "3", "http://127.0.0.1:7461/readyz") == "ready\n"

    def wait_whole(self, at_most_s=WHOLE_MAX_S, servers=True):
        try:
            wait_until("three databases and three servers run", lambda: self.is_whole(servers), at_most_s, 0.5)
        except TimeoutError as error:
            raise TimeoutError(f"{error}: {json.dumps(self.members())}") from None

    def sql(self, node, query, database="points"):
        return node.run("psql", "-qAtX", "-d", database, "-c", query, user="postgres", timeout=300).strip()

    def patronictl(self, node, *arguments, **options):
        options = {"timeout": 300} | options
        return node.run("patronictl", "-c", "/etc/patroni/config.yml", *arguments, user="postgres", **options)


# States of a database that takes part, in words of Patroni's.
RUNS = ("running", "streaming")


def leader(view):
    return next((name for name, member in view.items() if member["role"] == "leader"), None)


def user_exists(name):
    return subprocess.run(["id", name], capture_output=True, check=False).returncode == 0

