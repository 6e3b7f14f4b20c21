"""Faults that are put into real servers: what each breaks, which alerts it is for, and how it is mended.

A scenario is a generator. It yields `fires(fault, alerts)` once a fault is there, and goes on when these alerts fire; and
`WELL` once everything is mended, and goes on when none fires. Whatever else fires meanwhile is an error.
"""

import glob
import shutil
import signal
import time

import stage as on
from calls import refused

WELL = None


def fires(fault, *alerts):
    return fault, set(alerts)


def on_file(stage, name="goodturn.db", place=None, environment=None):
    """Makes a server on SQLite, in a folder of its own."""
    place = place or stage.place("sqlite")
    return on.Server(stage, f"sqlite://{place}/{name}?mode=rwc", environment, place)


def on_database(stage, job):
    """Starts a server on a database of its own, with an entry. Returns the database's name, and the server."""
    name, url = stage.cluster.create()
    server = on.Server(stage, url).start().shown_as(job)
    server.callers.found().record()
    return name, server


# ---- Servers that do not answer ----


def nothing_is_scraped(stage, job):
    yield fires("Prometheus has no target", "GoodturnNotScraped")
    on_file(stage).start().shown_as(job)
    yield WELL


def servers_end(stage, job):
    _, url = stage.cluster.create()
    one, two = (on.Server(stage, url).start().shown_as(job) for _ in range(2))
    yield WELL
    two.kill()
    yield fires("one of two servers is killed", "GoodturnServerDown")
    one.kill()
    yield fires("both are killed", "GoodturnDown")
    one.start()
    two.start()
    yield WELL


def restarts(stage, job):
    server = on_file(stage).start().shown_as(job)
    yield WELL
    for _ in range(3):
        server.kill()
        server.start()
        time.sleep(2)
    yield fires("a server is killed three times", "GoodturnRestarting")
    yield WELL


def settings_cannot_be_used(stage, job):
    place = stage.place("sqlite")
    settings = place / "goodturn.toml"
    settings.write_text('log = "info"\n', encoding="ascii")
    server = on_file(stage, place=place, environment={"GOODTURN_CONFIG": str(settings)}).start().shown_as(job)
    yield WELL
    settings.write_text('log = "loud"\n', encoding="ascii")
    server.process.send_signal(signal.SIGHUP)
    yield fires("a reload finds settings that cannot be used", "GoodturnReloadFailed")
    settings.write_text('log = "info"\n', encoding="ascii")
    server.process.send_signal(signal.SIGHUP)
    yield WELL


# ---- A store that does not do what it should ----


def database_goes_away(stage, job):
    cluster = on.Cluster(stage)
    name, url = cluster.create()
    server = on.Server(stage, url).start().shown_as(job)
    with server.callers.found().going_on(server.callers.record, server.callers.balance):
        yield WELL
        cluster.stop()
        yield fires("PostgreSQL is stopped", "GoodturnStoreSilent")
        cluster.start()
        yield WELL
        cluster.freeze()
        yield fires("PostgreSQL stands still", "GoodturnStoreSilent")
        cluster.freeze(signal.SIGCONT)
        yield WELL
        with cluster.locked_in_turns(name, "entry", 6, 0.3):
            yield fires("each commit takes six seconds", "GoodturnStoreSilent")
        yield WELL
    server.kill()
    cluster.stop()
    server.start(waits=False)
    yield fires("a server waits for its database", "GoodturnNotServing")
    cluster.start()
    yield WELL


def database_is_read_only(stage, job):
    cluster = on.Cluster(stage)
    name, url = cluster.create()
    server = on.Server(stage, url).start().shown_as(job)
    with server.callers.found().going_on(server.callers.record, server.callers.balance):
        yield WELL
        read_only(cluster, "on")
        yield fires("PostgreSQL is read-only", "GoodturnStoreRefusesWrites")
        read_only(cluster, "off")
        yield WELL
        for _ in range(4):
            read_only(cluster, "on")
            time.sleep(1.5)
            read_only(cluster, "off")
            time.sleep(3)
        yield fires("PostgreSQL is read-only now and then", "GoodturnUnsteady")
        yield WELL


def read_only(cluster, how):
    cluster.sql("postgres", f"alter system set default_transaction_read_only = {how}")
    cluster.sql("postgres", "select pg_reload_conf()")


def full_disk(stage, job):
    with on.small_disk(stage, 16) as disk:
        server = on_file(stage, place=disk).start().shown_as(job)
        with server.callers.found().going_on(server.callers.record):
            yield WELL
            on.fill(disk)
            yield fires("the disk of SQLite is full", "GoodturnStoreRefusesWrites")
            (disk / "filler").unlink()
            yield WELL
        on.fill(disk)
        # What is free within the files of the database is used up first.
        on.wait_until("nothing can be recorded", lambda: refused(server.callers.record) != "OK")
        with server.callers.going_on(server.callers.record, every_s=12):
            yield fires("the disk is full, and calls are few", "GoodturnStoreRefusesWrites")
            (disk / "filler").unlink()
            yield WELL
        server.kill()
        stage.forget(job)


def file_is_replaced(stage, job):
    server = on_file(stage).start().shown_as(job)
    with server.callers.found().going_on(server.callers.record):
        yield WELL
        path = server.place / "goodturn.db"
        path.rename(server.place / "aside.db")
        shutil.copy(server.place / "aside.db", path)
        yield fires("another file lies in the place of the database", "GoodturnStoreReplaced")
        (server.place / "aside.db").rename(path)
        yield WELL


def clock(stage, job):
    library = next(iter(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")), None)
    if not library:
        raise FileNotFoundError("libfaketime is missing (Debian: libfaketime)")
    _, url = stage.cluster.create()
    told = stage.place("clock") / "offset"
    told.write_text("+0", encoding="ascii")
    environment = {"LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": str(told), "FAKETIME_NO_CACHE": "1"}
    server = on.Server(stage, url, environment | {"FAKETIME_DONT_FAKE_MONOTONIC": "1"}).start().shown_as(job)
    with server.callers.found().going_on(server.callers.record, server.callers.balance):
        yield WELL
        told.write_text("+3", encoding="ascii")
        yield fires("the clock is 3 s ahead", "GoodturnClockDrifts")
        told.write_text("-7", encoding="ascii")
        yield fires("the clock is 7 s behind", "GoodturnClockOff")
        told.write_text("+0", encoding="ascii")
        yield WELL
    # Killed, libfaketime would leave shared memory behind.
    stage.forget(job)
    server.stop()


def stored_bytes_change(stage, job):
    name, url = stage.cluster.create()
    server = on.Server(stage, url).start()
    server.callers.found().record("ann")
    # A server that never read the account.
    server.kill()
    server.start().shown_as(job)
    yield WELL
    stage.cluster.sql(name, "update account set balances = '\\x07' where member_id = 'ann'")
    expect(server.callers.balance, "STORE_CORRUPT")
    yield fires("a byte of an account is changed", "GoodturnStoreCorrupt")
    stage.cluster.sql(name, "delete from account")
    server.kill()
    server.start()
    yield WELL


def reader_of_another_log(stage, job):
    server = on_file(stage).start()
    server.callers.found().record()
    server.kill()
    files = sorted(server.place.glob("goodturn.db*"))
    kept = stage.place("kept")
    for file in files:
        shutil.copy(file, kept)
    server.start()
    server.callers.record()
    _, last = server.callers.watch()
    server.kill()
    for file in server.place.glob("goodturn.db*"):
        file.unlink()
    for file in files:
        shutil.copy(kept / file.name, file)
    server.start().shown_as(job)
    yield WELL
    expect(lambda: server.callers.watch(resume_token=last.resume_token), "LOG_FORKED")
    yield fires("a reader comes back after a restore", "GoodturnLogForked")
    yield WELL


def log_loses_its_end(stage, job):
    name, server = on_database(stage, job)
    tables = ("log_head", "entry", "account", "record")
    stage.cluster.sql(
        name, "create schema kept; " + "; ".join(f"create table kept.{each} as table {each}" for each in tables)
    )
    server.callers.record()
    yield WELL
    back = [
        f"alter table {each} disable trigger user; delete from {each}; insert into {each} table kept.{each}"
        for each in tables
    ]
    stage.cluster.sql(name, f"begin; {'; '.join(back)}; commit")
    yield fires("a database is put back under a server", "GoodturnLogForked")
    yield WELL


def newer_version(stage, job):
    name, server = on_database(stage, job)
    yield WELL
    stage.cluster.sql(name, "update log_head set format = 99, epoch = epoch + 1")
    on.wait_until("it is refused", lambda: refused(server.callers.record) == "NEWER_FORMAT")
    yield fires("a newer version has written", "GoodturnNewerFormat")
    stage.cluster.sql(name, "alter table log_head disable trigger user; update log_head set format = 1")
    yield WELL


def command_is_refused(stage, job):
    name, server = on_database(stage, job)
    refuse(stage.cluster, name, "bob")
    yield WELL
    expect(lambda: server.callers.record("bob"), "STORE_REFUSES")
    yield fires("a constraint refuses a command", "GoodturnStoreRefusesCommand")
    yield WELL


def refuse(cluster, name, member):
    """Has the database refuse every entry of a member."""
    check = f"check (member_id is distinct from '{member}') not valid"
    cluster.sql(name, f"alter table entry add constraint refused {check}")


def expect(what, reason):
    seen = refused(what)
    if seen != reason:
        raise AssertionError(f"the call is answered {seen}, not {reason}")
