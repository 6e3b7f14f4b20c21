"""What is done to the machines while callers record: failovers, upgrades, and cuts of the network."""

import dataclasses
import time

from cluster import GOODTURN, PATRONI, POSTGRES
from machines import wait_until

# Longer than the 20 seconds after which a primary that is not heard of is replaced, with the time that this takes.
LONG_CUT_S = 30
SHORT_CUT_S = 6
# Receipts come by the hundred a second; some of them show that all is well again.
SETTLE_S = 2


@dataclasses.dataclass
class Event:
    """Something that was done, from its begin until everything ran again. Times are those of the monotonic clock."""

    kind: str
    begun: float
    ended: float = 0
    # Another machine had the primary afterwards.
    moved: bool = False


class Play:
    """Does things to a cluster, and notes when."""

    def __init__(self, cluster, receipts, say):
        self.cluster, self.receipts, self.say = cluster, receipts, say
        self.events, self.problems = [], []

    def happens(self, kind, what):
        """Does one thing, waits until all is well again, and notes it."""
        before = self.cluster.primary()
        event = Event(kind, time.monotonic())
        what()
        self.cluster.wait_whole()
        time.sleep(SETTLE_S)
        event.ended, event.moved = time.monotonic(), self.cluster.primary() is not before
        self.events.append(event)
        moved = f"the primary went from {before.name} to {self.cluster.primary().name}" if event.moved else "same primary"
        self.say(f"{kind}: {event.ended - event.begun:.0f} s until all ran again, {moved}")

    def recorded_again(self, since, at_most_s=120):
        """Waits until something is acknowledged that was called after a moment."""
        wait_until("something is acknowledged", lambda: self.receipts.any_begun_after(since), at_most_s)

    def failover(self, number):
        cluster = self.cluster
        primary = cluster.primary()

        def kill():
            begun = time.monotonic()
            primary.kill(POSTGRES, "KILL")
            wait_until("another is the primary", lambda: cluster.of_role("leader") not in (None, primary), 120)
            self.recorded_again(begun)

        def stop():
            primary.stop()
            wait_until("another is the primary", lambda: cluster.of_role("leader") not in (None, primary), 120)
            self.recorded_again(time.monotonic())
            cluster.start(primary)

        if number % 2:
            self.happens("failover: kill -9 of PostgreSQL", kill)
        else:
            self.happens("failover: machine of the primary stopped", stop)

    def freeze(self):
        """Stops the Patroni of the primary, and not its PostgreSQL: for a while two of them believe to be the primary."""
        cluster = self.cluster
        primary = cluster.primary()

        def stand_still():
            primary.kill(PATRONI, "STOP")
            wait_until("another is the primary", lambda: cluster.of_role("leader") not in (None, primary), 120)
            self.recorded_again(time.monotonic())
            time.sleep(SHORT_CUT_S)
            primary.kill(PATRONI, "CONT")

        self.happens("failover: Patroni of the primary stands still", stand_still)

    def upgrade_servers(self, binary):
        """Restarts each server in turn, as an upgrade does, while callers go on at the others."""

        def each():
            for node in self.cluster.nodes:
                self.cluster.install(node, binary)
                before = node.pids(GOODTURN)
                node.kill(GOODTURN, "TERM")
                restarted = lambda node=node, before=before: not set(before) & set(node.pids(GOODTURN))  # noqa: E731
                wait_until(f"the server of {node.name} has ended", restarted, 40)
                wait_until(f"the server of {node.name} is ready", lambda node=node: self.cluster.is_ready(node), 60)

        self.happens("upgrade: three servers, one by one", each)

    def upgrade_databases(self):
        """Restarts each database in turn: the standbys first, then the primary, once another is in its place."""

        def each():
            cluster = self.cluster
            primary, standby, other = cluster.primary(), cluster.standby(), cluster.other()
            for node in (other, standby):
                cluster.patronictl(node, "restart", "ledger", node.name, "--force")
                wait_until("all run", lambda: cluster.is_whole(servers=False), 120)
            cluster.patronictl(primary, "switchover", "ledger", "--leader", primary.name, "--candidate",
                               cluster.standby().name, "--force")  # fmt: skip
            wait_until("all run", lambda: cluster.is_whole(servers=False), 120)
            cluster.patronictl(primary, "restart", "ledger", primary.name, "--force")

        self.happens("upgrade: three databases, with a switchover", each)

    def alone(self):
        """Stops both standbys: nothing may be acknowledged until one is back."""

        def both():
            cluster = self.cluster
            primary, standby, other = cluster.primary(), cluster.standby(), cluster.other()
            begun = time.monotonic()
            for node in (standby, other):
                node.stop()
            time.sleep(LONG_CUT_S)
            # What was under way when they were stopped was acknowledged within a second.
            late = self.receipts.acked_between(begun + 1, time.monotonic())
            if late:
                raise AssertionError(f"{late} receipts while {primary.name} was alone")
            cluster.start(standby)
            self.recorded_again(time.monotonic())
            cluster.start(other)

        self.happens("both standbys stopped for 30 s, then one comes back", both)

    def cut(self, number):
        """Cuts the network between two parts, each pair in turn, and heals it."""
        every = cuts(self.cluster)
        kind, drops = every[number % len(every)]
        hold_s = SHORT_CUT_S if number // len(every) % 2 else LONG_CUT_S

        def cut():
            for machine, rules in drops:
                machine.drop(*rules)
            time.sleep(hold_s)
            for machine in (*self.cluster.nodes, self.cluster.clients):
                machine.heal()
            self.recorded_again(time.monotonic())

        self.happens(f"cut: {kind}", cut)


def cuts(cluster):
    """Returns every cut: between which parts, and what each machine drops."""
    primary, standby, other, clients = cluster.primary(), cluster.standby(), cluster.other(), cluster.clients

    def from_to(address, *more):
        return [f"{rule} {' '.join(more)}" for rule in (f"INPUT -s {address}", f"OUTPUT -d {address}")]

    def ports(address, numbers):
        """Both ends of connections to these ports, whichever side called."""
        return [
            f"{chain} {side} {address} -p tcp -m multiport --{which} {numbers}"
            for chain, side in (("INPUT", "-s"), ("OUTPUT", "-d"))
            for which in ("sports", "dports")
        ]

    both = (standby, other)
    everybody = [primary, standby, other, clients]
    etcd = "2379,2380"
    proxy = "-m owner --uid-owner haproxy"
    alone = lambda node: [rule for each in everybody if each is not node for rule in from_to(each.address)]  # noqa: E731
    return [
        ("primary and synchronous standby", [(primary, from_to(standby.address))]),
        ("primary and third machine", [(primary, from_to(other.address))]),
        ("both standbys from each other", [(standby, from_to(other.address))]),
        ("primary and everybody", [(primary, alone(primary))]),
        ("synchronous standby and everybody", [(standby, alone(standby))]),
        ("PostgreSQL of primary and synchronous standby", [(primary, ports(standby.address, "5432"))]),
        ("primary and etcd of the others", [(primary, [rule for each in both for rule in ports(each.address, etcd)])]),
        ("synchronous standby and etcd of the others", [
            (standby, [rule for each in (primary, other) for rule in ports(each.address, etcd)]),
        ]),
        ("a server and the primary", [(standby, [f"OUTPUT -d {primary.address} {proxy}"])]),
        ("a server and the standbys", [(primary, [f"OUTPUT -d {each.address} {proxy}" for each in both])]),
        ("callers and the primary's machine", [(clients, from_to(primary.address))]),
        ("callers and a standby's machine", [(clients, from_to(standby.address))]),
        ("from the primary to the synchronous standby, one way", [(primary, [f"OUTPUT -d {standby.address}"])]),
        ("from the standbys to the primary, one way", [(primary, [f"INPUT -s {each.address}" for each in both])]),
    ]  # fmt: skip
