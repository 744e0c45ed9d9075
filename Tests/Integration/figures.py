"""Checks of what the server tells about itself, and of pauses: figures that only a server at work has."""
import contextlib
import os
import re
import time

from harness import resp, servers

CLIENTS = 20
ROUNDS = 50
KILLS = 100
EXPIRING_KEYS = 200_000
PINGS = 200
ENDED_WAITS = 100
WAIT_BYTES = 100_000


def unread_replies_are_listed(binary):
    """A client that does not read shows in CLIENT LIST and INFO with what waits for it, until it has read."""
    with servers.Server(binary) as server, server.connect(timeout=60) as reader, server.connect() as other:
        number = reader.ask("CLIENT", "ID")
        value = b"x" * (1 << 20)
        assert reader.ask("SET", "big", value) == b"OK"
        for _ in range(16):
            reader.send(b"*2\r\n$3\r\nGET\r\n$3\r\nbig\r\n")

        def field(name):
            line = other.ask("CLIENT", "LIST", "ID", str(number)).decode()
            return re.search(rf" {name}=(\S*)", line).group(1)

        servers.wait_until(lambda: int(field("omem")) > 0, "what waits is listed")
        assert field("events") == "rw" and int(field("oll")) > 0
        assert int(field("tot-mem")) > int(field("omem"))
        assert server.info("client_recent_max_output_buffer") > 0
        for _ in range(16):
            reader.read()
        servers.wait_until(lambda: int(field("omem")) == 0, "nothing waits any more")
        assert field("events") == "r" and field("oll") == "0"


def unfinished_requests_are_listed(binary):
    """What has come of an argument shows as such, and the room for the rest beside it."""
    with servers.Server(binary) as server, server.connect() as sender, server.connect() as other:
        number = sender.ask("CLIENT", "ID")

        def fields():
            line = other.ask("CLIENT", "LIST", "ID", str(number)).decode()
            return {name: int(value) for name, value in re.findall(r" ([\w-]+)=(\d+)(?= )", line)}

        head = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$20000\r\n"
        for part, count in ((head + b"x" * 5000, 5000), (b"x" * 5000, 10_000)):
            sender.send(part)
            servers.wait_until(lambda: fields()["qbuf"] == len(head) + count, "what has come is listed")
            seen = fields()
            assert 0 < seen["qbuf-free"] < 40_000, seen
            assert seen["tot-mem"] > seen["qbuf"] + seen["qbuf-free"], seen
        sender.send(b"x" * 10_000 + b"\r\n")
        assert sender.read().value() == b"OK"
        # What the kernel puts straight into a long argument's place is room until all is there.
        sender.send(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000000\r\n" + b"x" * 500_000)
        servers.wait_until(lambda: fields()["qbuf"] + fields()["qbuf-free"] >= 1_000_000, "its place is listed")
        assert 1_000_000 < fields()["tot-mem"] < 1_200_000, fields()
        sender.send(b"x" * 500_000 + b"\r\n")
        assert sender.read().value() == b"OK"
        seen = fields()
        assert seen["qbuf"] == seen["qbuf-free"] == 0 and seen["tot-mem"] < 1000, seen


def loops_are_timed(binary):
    """The loop's busy time holds the commands' and the kernel's; its turns and bytes are those until now."""
    with servers.Server(binary, ["--threads", "1"]) as server, server.connect() as connection:

        def figures():
            text = connection.ask("INFO", "stats", "cpu").decode()
            return {name: float(value) for name, value in re.findall(r"^(\w+):([\d.]+)\r$", text, re.MULTILINE)}

        before = figures()
        for number in range(2000):
            assert connection.ask("SET", f"key:{number}", "v") == b"OK"
        after = figures()
        turns, busy, commands = (
            after[name] - before[name]
            for name in ("eventloop_cycles", "eventloop_duration_sum", "eventloop_duration_cmd_sum"))
        assert turns >= 2000, (before, after)
        # A system call takes longer than a SET.
        assert busy > 2 * commands > 0, (before, after)
        assert abs(after["eventloop_duration_sum"] / 1e6 - after["used_active_time_main_thread"]) < 0.001, after
        # The loop's thread is all that is busy here; a clock tick of the kernel's is 10 ms.
        assert after["eventloop_duration_sum"] / 1e6 < server.cpu_seconds() + 0.05, after
        assert connection.ask("CONFIG", "RESETSTAT") == b"OK"
        reset = figures()
        assert reset["eventloop_cycles"] < 20 and reset["eventloop_duration_sum"] < busy, reset


def waits_are_counted_at_their_end(binary):
    """A blocking command is called when its wait is over, with the time it took and not the time it waited."""
    with servers.Server(
            binary, ["--threads", "2", "--enable-debug-command", "local"]) as server, server.connect() as producer:
        waiters = [server.connect() for _ in range(CLIENTS)]

        def stats():
            text = producer.ask("INFO", "commandstats").decode()
            found = re.search(r"cmdstat_bzpopmin:calls=(\d+),usec=(\d+).*rejected_calls=(\d+)", text)
            return tuple(map(int, found.groups())) if found else None

        producer.ask("CONFIG", "RESETSTAT")
        for waiter in waiters:
            waiter.send(b"BZPOPMIN z 0\r\n")
        servers.wait_until(lambda: server.info("blocked_clients") == CLIENTS, "they wait")
        assert stats() is None
        producer.ask("DEBUG", "SLEEP", "0.2")
        total = server.info("total_commands_processed")
        for number in range(CLIENTS):
            assert producer.ask("ZADD", "z", "1", f"m{number}") == 1
        for waiter in waiters:
            waiter.read()
        calls, microseconds, rejected = stats()
        assert (calls, rejected) == (CLIENTS, 0) and 0 < microseconds < 200_000, stats()
        assert server.info("total_commands_processed") >= total + 2 * CLIENTS


def forbidden_commands_are_rejected(binary):
    """DEBUG where it is not allowed is no call: it is refused before it is queued, and its transaction fails."""
    with servers.Server(binary) as server, server.connect() as connection:
        def refused():
            return b"DEBUG command not allowed" in connection.call("DEBUG", "SLEEP", "0").raw()

        assert refused()
        assert connection.ask("MULTI") == b"OK" and refused()
        assert connection.ask("SET", "key", "value") == b"QUEUED"
        assert connection.call("EXEC").raw().startswith(b"-EXECABORT")
        stats = connection.ask("INFO", "commandstats").decode()
        assert "cmdstat_debug:calls=0," in stats and "rejected_calls=2,failed_calls=0" in stats, stats


def lifetimes_are_averaged(binary):
    """avg_ttl of keys that all live for the same time, on any number of threads."""
    for threads in (1, 2):
        with servers.Server(binary, ["--threads", str(threads)]) as server, server.connect() as connection:
            connection.pipeline([("SET", f"key:{i}", "v", "EX", "1000") for i in range(5000)])
            connection.pipeline([("SET", f"other:{i}", "v") for i in range(5000)])
            text = connection.ask("INFO", "keyspace").decode()
            found = re.search(r"db0:keys=10000,expires=5000,avg_ttl=(\d+)", text)
            assert found and 900_000 < int(found.group(1)) <= 1_000_000, text


def refused_settings_leave_no_trace(binary):
    """CONFIG SET changes all or nothing, the working directory too."""
    with servers.Server(binary, ["--enable-protected-configs", "yes"]) as server, server.connect() as connection:
        process = f"/proc/{server.process.pid}/cwd"
        before = os.readlink(process)
        assert connection.call("CONFIG", "SET", "dir", "/", "maxclients", "4000000000").is_error
        assert os.readlink(process) == before, os.readlink(process)


def pauses_hold_all_writers(binary):
    """While CLIENT PAUSE WRITE holds, no write of any client on any thread happens, and all do afterwards, in order."""
    with servers.Server(binary, ["--threads", "4"]) as server, server.connect() as observer:
        writers = [server.connect() for _ in range(CLIENTS)]
        for writer in writers:
            writer.ask("PING")
        assert observer.ask("CLIENT", "PAUSE", "60000", "WRITE") == b"OK"
        late = [server.connect() for _ in range(CLIENTS)]
        for writer in [*writers, *late]:
            writer.send(b"INCR n\r\nGET n\r\nECHO end\r\n" * ROUNDS)
        assert observer.ask("GET", "n") is None and observer.ask("DBSIZE") == 0
        assert server.info("paused_timeout_milliseconds") > 0
        assert observer.ask("CLIENT", "UNPAUSE") == b"OK"
        for writer in [*writers, *late]:
            for _ in range(ROUNDS):
                value = writer.read().value()
                assert int(writer.read().value()) >= int(value)
                assert writer.read().value() == b"end"
        assert observer.ask("GET", "n") == b"%d" % (2 * CLIENTS * ROUNDS)


def pauses_hold_those_who_wait_for_keys(binary):
    """A pause that begins with the keys that blocked clients wait for keeps them too, and then each has its own."""
    with servers.Server(binary, ["--threads", "4"]) as server, server.connect() as observer:
        waiting = [server.connect() for _ in range(CLIENTS)]
        for client in waiting:
            client.send(b"BZPOPMIN a z 0\r\nPING\r\n")
        servers.wait_until(lambda: server.info("blocked_clients") == CLIENTS, "they wait")
        members = [word for i in range(CLIENTS) for word in (str(i), str(i))]
        observer.pipeline([("MULTI",), ("ZADD", "z", *members), ("CLIENT", "PAUSE", "60000", "WRITE"), ("EXEC",)])
        assert observer.ask("ZCARD", "z") == CLIENTS and server.info("blocked_clients") == CLIENTS
        assert observer.ask("CLIENT", "UNPAUSE") == b"OK"
        served = []
        for client in waiting:
            key, member, _ = client.read().value()
            served.append(int(member))
            assert key == b"z" and client.read().value() == b"PONG"
        assert sorted(served) == list(range(CLIENTS)) and observer.ask("EXISTS", "z") == 0, served


def who_waits_for_a_key_and_a_pause_keeps_its_place(binary):
    """With one thread the oldest is served first when the pause is over; who finds nothing left waits on."""
    with servers.Server(binary, ["--threads", "1"]) as server, server.connect() as observer:
        waiting = [server.connect() for _ in range(CLIENTS)]
        for number, client in enumerate(waiting):
            client.send(b"BZPOPMIN z 0\r\n")
            servers.wait_until(lambda number=number: server.info("blocked_clients") == number + 1, "it waits")
        members = [word for i in range(CLIENTS - 1) for word in (str(i), str(i))]
        observer.pipeline([("MULTI",), ("ZADD", "z", *members), ("CLIENT", "PAUSE", "60000", "WRITE"),
                           ("EXEC",), ("CLIENT", "UNPAUSE")])
        assert [int(client.read().value()[1]) for client in waiting[:-1]] == list(range(CLIENTS - 1))
        assert server.info("blocked_clients") == 1 and observer.ask("ZADD", "z", "1", "last") == 1
        assert waiting[-1].read().value()[1] == b"last"


def killed_clients_are_listed_no_more(binary):
    """CLIENT LIST right behind CLIENT KILL leaves out the killed client, even before its thread has closed it."""
    with servers.Server(binary, ["--threads", "2"]) as server, server.connect() as killer:
        for _ in range(KILLS):
            with server.connect() as victim:
                number = str(victim.ask("CLIENT", "ID"))
                killed, listed = killer.pipeline([("CLIENT", "KILL", "ID", number), ("CLIENT", "LIST", "ID", number)])
                assert (killed.value(), listed.value()) == (1, b""), (killed.value(), listed.value())


def slow_commands_are_noted(binary):
    """A command above latency-monitor-threshold is a sample, one below is none; its histogram has every call."""
    with servers.Server(binary, ["--latency-monitor-threshold", "1"]) as server, \
            server.connect(timeout=60) as connection:
        for start in range(0, 200_000, 10_000):
            connection.pipeline([("ZADD", "big", str(i), f"member:{i}") for i in range(start, start + 10_000)])
        connection.ask("CONFIG", "RESETSTAT")
        connection.ask("LATENCY", "RESET")
        assert connection.ask("ZUNIONSTORE", "out", "2", "big", "big") == 200_000
        events = {event[0]: event for event in connection.ask("LATENCY", "LATEST")}
        assert events[b"command"][2] >= 1 and events[b"command"][5] >= 1, events
        assert connection.ask("LATENCY", "HISTORY", "command")[-1][1] >= 1
        assert connection.ask("LATENCY", "HISTOGRAM", "zunionstore")[1][1] == 1
        text = connection.ask("INFO", "latencystats").decode()
        found = re.search(r"latency_percentiles_usec_zunionstore:p50=([\d.]+),", text)
        assert found and float(found.group(1)) >= 1000, text


def large_requests_are_logged(binary):
    """However many bytes of a request lie there when the server looks: those that waited for a busy server or for a
    blocked client to go on come at once."""
    keys = [f"k{number:06}" for number in range(40_000)]
    with servers.Server(binary, ["--threads", "1", "--enable-debug-command", "yes"]) as server, \
            server.connect() as busy, server.connect() as connection:

        def logged(limit, count, wait, go_on):
            connection.ask("CONFIG", "SET", "commandlog-request-larger-than", str(limit))
            connection.ask("COMMANDLOG", "RESET", "large-request")
            wait()
            connection.send(resp.encode("DEL", *keys[:count]))
            go_on()
            assert connection.read().value() == 0
            return connection.ask("COMMANDLOG", "LEN", "large-request")

        def sleep():
            busy.send(resp.encode("DEBUG", "SLEEP", "0.3"))
            time.sleep(0.1)

        def serve():
            time.sleep(0.1)
            busy.ask("ZADD", "queue", "1", "a")
            assert connection.read().value() is not None

        def block():
            connection.send(resp.encode("BZPOPMIN", "queue", "0"))

        assert [logged(70_000, 10_000, sleep, busy.read) for _ in range(3)] == [1, 1, 1]
        assert logged(300_000, 40_000, block, serve) == 1


def calls_are_counted(binary):
    """Whether a command is timed alone or with its neighbours: each call counts once, in all statistics."""
    for arguments in (["--threads", "1"], ["--threads", "2"], ["--slowlog-log-slower-than", "0"]):
        with servers.Server(binary, arguments) as server, server.connect(timeout=60) as connection, \
                server.connect() as observer:
            observer.ask("CONFIG", "RESETSTAT")
            expected = dict.fromkeys(("get", "set", "incr", "ttl", "zadd", "multi", "exec"), 0)
            commands = []
            for i in range(1000):
                commands += [("SET", "a", "1"), ("GET", "a"), ("GET", "b"), ("INCR", "n")][i % 3:]
                if i % 10 == 0:
                    commands += [("MULTI",), ("GET", "a"), ("TTL", "a"), ("ZADD", "z", "1", str(i)), ("EXEC",)]
                if i % 50 == 0:
                    commands += [("GET", f"k{j}") for j in range(300)]
            for command in commands:
                expected[command[0].lower()] += 1
            connection.pipeline(commands)
            text = observer.ask("INFO", "commandstats").decode()
            for name, calls in expected.items():
                found = re.search(rf"cmdstat_{name}:calls=(\d+),usec=(\d+)", text)
                assert found and int(found.group(1)) == calls, (arguments, name, calls, text)
                assert observer.ask("LATENCY", "HISTOGRAM", name)[1][1] == calls, (arguments, name)


def long_calls_of_brief_commands_are_logged(binary):
    """With a large argument not even APPEND is brief: the slow log has it, also out of a transaction."""
    large = b"v" * (64 << 20)
    with servers.Server(binary, ["--slowlog-log-slower-than", "2000"]) as server, \
            server.connect(timeout=60) as connection:
        connection.ask("SET", "a", "v" * 100)
        connection.ask("APPEND", "a", large)
        connection.pipeline([("MULTI",), ("APPEND", "b", "v"), ("APPEND", "b", large), ("EXEC",)])
        logged = [(entry[3][0], entry[3][1]) for entry in connection.ask("SLOWLOG", "GET")]
        assert (b"APPEND", b"a") in logged and (b"APPEND", b"b") in logged, logged


def protocol_errors_are_counted_at_once(binary):
    """An error about bytes that are no request is counted as one, and not with the next command on its thread."""
    for threads in ("1", "2"):
        with servers.Server(binary, ["--threads", threads]) as server, server.connect() as observer:
            for _ in range(8):
                with server.connect() as broken:
                    broken.send(b"*x\r\n")
                    assert broken.read_to_end().startswith(b"-ERR Protocol error")
            others = [server.connect() for _ in range(4)]
            for other in others:
                other.ask("PING")
                other.socket.close()
            errors = observer.ask("INFO", "errorstats").decode()
            calls = observer.ask("INFO", "commandstats").decode()
            assert "errorstat_ERR:count=8" in errors, errors
            assert "failed_calls=1" not in calls and server.info("total_error_replies") == 8, calls


def databases_are_told_once_they_have_had_keys(binary):
    """MEMORY STATS tells of the first database, and of those that have had keys."""
    with servers.Server(binary) as server, server.connect() as client:
        def told():
            return [name for name in client.ask("MEMORY", "STATS")[::2] if re.fullmatch(rb"db\.\d+", name)]

        assert told() == [b"db.0"], told()
        client.ask("SELECT", "3")
        client.ask("GET", "k")
        assert told() == [b"db.0"], told()
        client.ask("SET", "k", "v")
        assert told() == [b"db.0", b"db.3"], told()
        client.ask("DEL", "k")
        assert told() == [b"db.0", b"db.3"], told()


def who_exceeds_the_query_buffer_is_no_error(binary):
    """It gets no reply; a reply's error was counted for it, whichever was the last, or one without a name."""
    with servers.Server(binary, ["--client-query-buffer-limit", "1mb"]) as server:
        for number in range(2):
            with server.connect() as client, contextlib.suppress(ConnectionError):
                client.send(b"*2\r\n$3\r\nGET\r\n$2000000\r\n" + b"x" * 1_500_000)
                assert client.read_to_end() == b""
            with server.connect() as client:
                client.call("SET", "s")
                errors = client.ask("INFO", "errorstats").split(b"\r\n")[1:-1]
                assert errors == [b"errorstat_ERR:count=%d" % (number + 1)], errors
        assert server.info("client_query_buffer_limit_disconnections") == 2


def watches_and_waits_are_memory(binary):
    """The keys that clients watch and wait for are part of used_memory, as long as they do."""
    keys = [b"key:%030d" % number for number in range(100_000)]
    for begin, end in ((["WATCH", *keys], ["UNWATCH"]), (["BZPOPMIN", *keys, 0], None)):
        with servers.Server(binary, ["--threads", "2"]) as server:
            def used():
                return server.info("used_memory")

            before = used()
            with server.connect() as client:
                client.send(resp.encode(*begin))
                if end:
                    assert client.read().value() == b"OK"
                else:
                    servers.wait_until(lambda: server.info("blocked_clients") == 1, "the client waits")
                assert before + 100 * len(keys) < used() < before + 500 * len(keys), (before, used())
                if end:
                    assert client.ask(*end) == b"OK"
            servers.wait_until(lambda: used() < before + (1 << 20), "all is given back")


def ended_waits_are_forgotten(binary):
    """What a client waited for is given back when it has been served, although one with less time still waits."""
    with servers.Server(binary, ["--threads", "1"]) as server, server.connect() as patient, \
            server.connect() as client, server.connect() as producer:
        patient.send(resp.encode("BZPOPMIN", "nothing", 50))
        servers.wait_until(lambda: server.info("blocked_clients") == 1, "one waits")
        before = server.info("used_memory")
        for _ in range(ENDED_WAITS):
            client.send(resp.encode("BZPOPMIN", "queue", b"k" * WAIT_BYTES, 100))
            servers.wait_until(lambda: server.info("blocked_clients") == 2, "another waits")
            assert producer.ask("ZADD", "queue", 1, "m") == 1
            client.read()
        assert server.info("used_memory") < before + ENDED_WAITS * WAIT_BYTES // 2
        assert server.info("blocked_clients") == 1


def figures_within_transactions(binary):
    """What a thread has counted up to now is told, and forgotten, within a transaction as outside of one."""
    with servers.Server(binary, ["--threads", "1"]) as server, server.connect() as client:
        def within(*words):
            assert client.ask("MULTI") == b"OK"
            assert client.ask(*words) == b"QUEUED"
            return client.ask("EXEC")[0]

        for _ in range(PINGS):
            client.ask("PING")
        figure = re.search(rb"total_reads_processed:(\d+)", within("INFO", "stats"))
        assert int(figure.group(1)) >= PINGS, figure
        for _ in range(PINGS):
            client.ask("PING")
        assert within("CONFIG", "RESETSTAT") == b"OK"
        assert server.info("total_reads_processed") < PINGS


def memory_is_one(binary):
    """INFO and MEMORY STATS tell the same of the memory; expiries that are no more take none of it."""
    with servers.Server(binary, ["--threads", "1"]) as server, server.connect() as client:
        def overheads():
            client.send(resp.encode("INFO", "memory") + resp.encode("MEMORY", "STATS"))
            info, stats = client.read().value(), client.read().value()
            told = int(re.search(rb"used_memory_overhead:(\d+)", info).group(1))
            return told, stats[stats.index(b"overhead.total") + 1]

        def agree():
            told, summed = overheads()
            assert abs(told - summed) < 4096, (told, summed)  # what the client holds differs from call to call
            return told

        before = agree()
        client.ask("SELECT", "1")
        keys = [b"key:%d" % number for number in range(EXPIRING_KEYS)]
        for _ in client.pipeline([("SET", key, "v", "EX", "10000") for key in keys]):
            pass
        assert agree() > before + 4 * EXPIRING_KEYS
        client.ask("DEL", *keys)
        servers.wait_until(lambda: agree() < before + EXPIRING_KEYS, "the tables are given back")


CHECKS = [
    ("long calls of brief commands are logged", long_calls_of_brief_commands_are_logged),
    ("protocol errors are counted at once", protocol_errors_are_counted_at_once),
    ("calls are counted", calls_are_counted),
    ("unread replies are listed", unread_replies_are_listed),
    ("unfinished requests are listed", unfinished_requests_are_listed),
    ("loops are timed", loops_are_timed),
    ("databases are told once they have had keys", databases_are_told_once_they_have_had_keys),
    ("waits are counted at their end", waits_are_counted_at_their_end),
    ("forbidden commands are rejected", forbidden_commands_are_rejected),
    ("lifetimes are averaged", lifetimes_are_averaged),
    ("refused settings leave no trace", refused_settings_leave_no_trace),
    ("pauses hold all writers", pauses_hold_all_writers),
    ("holds those who wait for keys during a pause", pauses_hold_those_who_wait_for_keys),
    ("keeps the place of who waits for a key and a pause", who_waits_for_a_key_and_a_pause_keeps_its_place),
    ("killed clients are listed no more", killed_clients_are_listed_no_more),
    ("who exceeds the query buffer is no error", who_exceeds_the_query_buffer_is_no_error),
    ("watches and waits are memory", watches_and_waits_are_memory),
    ("figures are told within transactions", figures_within_transactions),
    ("INFO and MEMORY STATS agree", memory_is_one),
    ("ended waits are forgotten", ended_waits_are_forgotten),
    ("slow commands are noted", slow_commands_are_noted),
    ("large requests are logged", large_requests_are_logged),
]
