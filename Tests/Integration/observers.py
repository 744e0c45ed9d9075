"""Checks of who only looks on, and leaves no trace: monitors, and clients that do not count as use of a key."""
from harness import resp, servers

IDLE_SECONDS = 2
# Each of them uses the key `k`, whether it changes it or not.
USES = [use.strip() for use in """
    EXPIRE k 100|PEXPIRE k 100000|EXPIRE k 100 GT|PERSIST k|SETNX k w|SET k w NX|SET k w IFEQ other|MSETNX k w|
    MSETEX 1 k w NX|RENAMENX a k|COPY a k|GET k|APPEND k w|SET k w|GETEX k EX 100|SETRANGE k 0 w""".split("|")]
MODES = (["--threads", "1"], ["--threads", "2"], ["--io-backend", "epoll"])


def replies_until(monitor, last):
    """The replies of a monitor up to one, without the lines that tell of commands."""
    replies = []
    while not replies or replies[-1] != last:
        reply = monitor.read().raw()
        if not reply[1:2].isdigit():
            replies.append(reply)
    return replies


def monitors_touch_no_keys(binary):
    """Not in a transaction, either."""
    for mode in MODES:
        with servers.Server(binary, mode) as server, server.connect() as monitor, server.connect() as other:
            monitor.ask("MONITOR")
            for command in (["SET", "a", "1"], ["GET", "a"]):
                requests = (["MULTI"], command, ["EXEC"], ["NOSUCH"])
                monitor.send(b"".join(resp.encode(*words) for words in requests))
                refused = b"-ERR Replica can't interact with the keyspace\r\n"
                aborted = b"-EXECABORT Transaction discarded because of previous errors.\r\n"
                last = b"-ERR unknown command 'NOSUCH', with args beginning with: \r\n"
                assert replies_until(monitor, last) == [b"+OK\r\n", refused, aborted, last], mode
            assert other.ask("EXISTS", "a") == 0


def monitors_are_told_what_they_want(binary):
    """No line comes behind the reply to RESET, nor to who wants no replies."""
    for mode in MODES:
        with servers.Server(binary, mode) as server, server.connect() as monitor, server.connect() as other:
            monitor.ask("MONITOR")
            monitor.send(b"PING\r\nRESET\r\n")
            assert replies_until(monitor, b"+RESET\r\n") == [b"+PONG\r\n", b"+RESET\r\n"]
            for number in range(20):
                assert monitor.ask("ECHO", number) == b"%d" % number, mode
            monitor.ask("MONITOR")
            monitor.send(b"CLIENT REPLY OFF\r\n")
            servers.wait_until(lambda: b" cmd=client|reply " in other.ask("CLIENT", "LIST"), "its replies are off")
            other.ask("SET", "unheard", "1")
            monitor.send(b"CLIENT REPLY ON\r\n")
            assert b"unheard" not in monitor.read().raw()


def uses_of_a_key(binary):
    """OBJECT IDLETIME: who uses a key without changing it renews its time, and with CLIENT NO-TOUCH nobody does."""
    with servers.Server(binary, ["--databases", "100"]) as server, server.connect() as user, server.connect() as looker:
        for database in range(2 * len(USES) + 2):
            user.ask("SELECT", database)
            user.ask("MSET", "k", "v", "a", "v")

        def idle(client):
            return client.ask("OBJECT", "IDLETIME", "k")

        servers.wait_until(lambda: idle(user) >= IDLE_SECONDS, "the keys are idle")
        looker.ask("CLIENT", "NO-TOUCH", "on")
        for number, use in enumerate(USES):
            user.ask("SELECT", 2 * number)
            user.call(*use.split())
            assert idle(user) < IDLE_SECONDS, use
            looker.ask("SELECT", 2 * number + 1)
            looker.call(*use.split())
            assert idle(looker) >= IDLE_SECONDS, use
        looker.ask("SELECT", 2 * len(USES))
        looker.ask("TOUCH", "k")  # means to
        assert idle(looker) < IDLE_SECONDS


CHECKS = [
    ("monitors touch no keys", monitors_touch_no_keys),
    ("monitors are told what they want", monitors_are_told_what_they_want),
    ("uses of a key renew its time", uses_of_a_key),
]
