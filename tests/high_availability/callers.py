"""Callers that record activities at one of three servers, go to the next when it fails, and keep every receipt.

Usage: callers.py STUBS SETTINGS. SETTINGS is a file in JSON: `servers`, `authority`, `key`, `program`, `prefix` of ids,
`callers`, `pause_s` and `receipts`, the file that gets a line for each receipt. Ends when its standard input does.

A command is called again with the same id, at the next server, until there is a receipt: as clients are told to do.
"""

import datetime
import json
import os
import sys
import threading
import time

os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
import grpc  # noqa: E402

# How long a caller waits for one answer. A commit that waits for a failover takes longer, and is asked for elsewhere.
ATTEMPT_S = 4
# Between two attempts, so that callers are no flood while nothing can be recorded.
PAUSE_S = 0.2
SECOND = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) - datetime.timedelta(hours=1)


class Caller(threading.Thread):
    def __init__(self, number, settings, stubs, ended, out):
        super().__init__()
        self.number, self.settings, self.ended, self.out = number, settings, ended, out
        self.pb, ledger = stubs
        # No two callers begin at the same server unless there are more of them.
        servers = settings["servers"]
        self.ledgers = [ledger(self.channel(servers[(number + n) % len(servers)])) for n in range(len(servers))]
        self.at = 0

    def channel(self, address):
        with open(self.settings["authority"], "rb") as file:
            trusted = grpc.ssl_channel_credentials(file.read())
        options = [
            ("grpc.enable_http_proxy", 0),
            ("grpc.use_local_subchannel_pool", 1),
            ("grpc.ssl_target_name_override", "localhost"),
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.max_reconnect_backoff_ms", 1_000),
            # A server that is gone without a word is noticed after two seconds.
            ("grpc.http2.ping_timeout_ms", 2_000),
            ("grpc.keepalive_time_ms", 10_000),
            ("grpc.keepalive_timeout_ms", 2_000),
        ]
        return grpc.secure_channel(address, trusted, options=options)

    def run(self):
        number = 0
        while not self.ended.is_set():
            number += 1
            self.record(number)
            time.sleep(self.settings["pause_s"])

    def record(self, number):
        """Records one activity, however long it takes, and notes its receipt."""
        activity_id, member = f"{self.settings['prefix']}c{self.number}-{number}", f"m{(self.number * 7 + number) % 500}"
        name = f"{self.settings['program']}/sources/forum/activities/{activity_id}"
        activity = self.pb.Activity(name=name, kind="kudos", member_id=member, subject=f"s{number}")
        activity.occurred_at.FromDatetime(SECOND + datetime.timedelta(milliseconds=number))
        request = self.pb.RecordActivityRequest(activity=activity)
        key = (("authorization", f"Bearer {self.settings['key']}"),)
        began, attempts, codes = time.monotonic(), 0, []
        while True:
            attempts += 1
            try:
                receipt = self.ledgers[self.at].RecordActivity(request, metadata=key, timeout=ATTEMPT_S)
            except grpc.RpcError as error:
                codes.append(f"{error.code().name}: {(error.details() or '')[:80]}")
                self.at = (self.at + 1) % len(self.ledgers)
                if self.ended.is_set() and attempts > 40:
                    self.out({"id": activity_id, "given_up": codes[-1]})
                    return
                time.sleep(PAUSE_S)
                continue
            self.out({
                "id": activity_id, "member": member, "kind": "kudos", "subject": f"s{number}",
                "occurred_at": activity.occurred_at.ToNanoseconds(), "seq": receipt.seq, "entry": receipt.entry,
                "points": receipt.points, "recorded_at": receipt.recorded_at.ToNanoseconds(), "replay": receipt.replay,
                "began": began, "at": time.monotonic(), "attempts": attempts, "codes": sorted(set(codes)),
            })  # fmt: skip
            return


def main():
    stubs_folder, settings_file = sys.argv[1:]
    sys.path.insert(0, stubs_folder)
    from goodturn.v1 import ledger_pb2, ledger_pb2_grpc

    with open(settings_file, encoding="utf-8") as file:
        settings = json.load(file)
    ended, lock = threading.Event(), threading.Lock()
    with open(settings["receipts"], "a", encoding="utf-8") as receipts:

        def out(receipt):
            with lock:
                receipts.write(json.dumps(receipt) + "\n")
                receipts.flush()

        stubs = ledger_pb2, ledger_pb2_grpc.LedgerStub
        callers = [Caller(number, settings, stubs, ended, out) for number in range(settings["callers"])]
        for caller in callers:
            caller.start()
        sys.stdin.read()
        ended.set()
        for caller in callers:
            caller.join()


if __name__ == "__main__":
    main()
