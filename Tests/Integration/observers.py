"""Checks of who only looks on, and leaves no trace: monitors, and clients that do not count as use of a key."""
from harness import resp, servers
from shims import preloadable

IDLE_SECONDS = 2
CHAIN = 2000
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


def monitors_see_the_order(binary):
    """Lines come in the order in which commands were executed, whatever threads did it, and so do their times."""
    with servers.Server(binary, ["--threads", "2"]) as server, server.connect() as monitor:
        clients = [server.connect() for _ in range(4)]
        monitor.ask("MONITOR")
        for client in clients:
            # Each learns what stood there before: the replies are a chain through all of them.
            client.send(b"".join(
                resp.encode("SET", "hot", f"{id(client)}:{number}", "GET") for number in range(CHAIN)))
        before = {}
        for client in clients:
            for number in range(CHAIN):
                before[b"%d:%d" % (id(client), number)] = client.read().value()
        last, then = None, 0.0
        for _ in range(len(clients) * CHAIN):
            words = monitor.read().raw().split(b" ")
            time, value = float(words[0][1:]), words[5].strip(b'"')
            assert before[value] == last, (value, before[value], last)
            assert time >= then, (time, then)
            last, then = value, time


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


def secrets_under_other_names(binary):
    """Neither the slow log nor a monitor tells a password, whatever the configuration calls the commands."""
    names = {"AUTH": "LOGIN", "HELLO": "GREET", "CONFIG": "TUNE", "SLOWLOG": "AUTH"}
    arguments = [word for pair in names.items() for word in ("--rename-command", *pair)]
    for mode in MODES:
        with servers.Server(binary, [*arguments, "--slowlog-log-slower-than", "0", *mode]) as server, \
                server.connect() as monitor, server.connect() as client:
            monitor.ask("MONITOR")
            client.call("LOGIN", "s3cret")
            client.call("GREET", "2", "AUTH", "default", "s3cret", "auth", "s3cret", "s3cret")
            client.ask("TUNE", "SET", "requirepass", "s3cret", "maxmemory-policy", "noeviction", "masterauth", "s3cret")
            client.ask("LOGIN", "s3cret")
            told = repr(client.ask("AUTH", "GET", "10")).encode()
            for words in (b"LOGIN", b"TUNE", b"GREET", b"noeviction"):
                assert words in told, (words, told)
            client.ask("PING", "the last one")
            while b"the last one" not in told:
                told += monitor.read().raw()
            assert b"s3cret" not in told, told


def only_named_clients_are_looked_at(binary):
    """CLIENT LIST ID and CLIENT KILL ID ask the kernel about the clients that they name, and about no others."""
    with preloadable("asked_addresses") as shim, servers.Server(binary, preload=shim) as server:
        clients = [server.connect() for _ in range(20)]
        numbers = [str(client.ask("CLIENT", "ID")) for client in clients]

        def asked():
            return server.log_text().count("asked for an address")

        before = asked()
        lines = clients[0].ask("CLIENT", "LIST", "ID", numbers[1], numbers[2]).decode().splitlines()
        assert len(lines) == 2 and asked() == before + 2, (lines, asked() - before)
        assert clients[0].ask("CLIENT", "KILL", "ID", numbers[3]) == 1 and asked() <= before + 3, asked() - before
        assert clients[0].ask("CLIENT", "LIST", "NOT-ID", *numbers[4:]).count(b"\n") == 3
        assert asked() <= before + 4, asked() - before


CHECKS = [
    ("looks at named clients only", only_named_clients_are_looked_at),
    ("monitors touch no keys", monitors_touch_no_keys),
    ("monitors are told what they want", monitors_are_told_what_they_want),
    ("monitors see the order of execution", monitors_see_the_order),
    ("secrets under other names stay secret", secrets_under_other_names),
    ("uses of a key renew its time", uses_of_a_key),
]
