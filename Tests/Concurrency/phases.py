"""What the hammer does: each phase is a set of workers on shared keys, and an invariant that interleaving must keep.

A worker is a function (Worker) -> tally, run in a process of its own until its time or its count is used up. A phase
is a function (Field) -> None that sets the keys up, runs workers, and checks the tallies against the keyspace.
An invariant that breaks while running is raised by the worker that saw it.
"""
import socket
import time

from harness import resp

OPERATIONS_MAX = 200_000  # per worker: a phase ends by time or by this
DEPTH = 16
QUEUES = [b"queue:%d" % i for i in range(3)]


def check(condition, *what):
    if not condition:
        raise AssertionError(" ".join(map(str, what)))


# Counters: INCR, INCRBY and transactions from everywhere; every single one counts.

def counters(field):
    names = [f"counter:{i}" for i in range(12)]

    def count(worker):
        connection, tally = worker.connect(), [0] * len(names)
        for _ in worker.turns():
            commands, picked = [], [(worker.rng.randrange(len(names)), worker.rng.randint(-5, 9)) for _ in range(DEPTH)]
            for index, step in picked:
                commands.append(("INCRBY", names[index], step))
                tally[index] += step
            if worker.rng.random() < 0.3:
                commands = [("MULTI",), *commands, ("EXEC",)]
            for reply in connection.pipeline(commands):
                check(not reply.is_error, reply)
        return tally

    tallies = field.run([count] * 5)
    values = [int(value or 0) for value in field.connection.ask("MGET", *names)]
    check(values == [sum(column) for column in zip(*tallies)], "counters", values, "tallies", tallies)


# Groups of keys written together must be read together, whichever command does it; FLUSHALL takes all or nothing.

def groups(field, flush=False):
    names = [[f"group:{group}:{key}" for key in range(group + 2)] for group in range(5)]

    def write(worker):
        connection = worker.connect()
        for turn in worker.turns():
            commands = []
            for _ in range(DEPTH):
                keys, value = worker.rng.choice(names), f"{worker.number}-{turn}-{worker.rng.random()}"
                if worker.rng.random() < 0.5:
                    commands.append(["MSET"] + [word for key in keys for word in (key, value)])
                else:
                    worker.rng.shuffle(shuffled := list(keys))
                    commands += [["MULTI"], *(["SET", key, value] for key in shuffled), ["EXEC"]]
            for reply in connection.pipeline(commands):
                check(not reply.is_error, reply)

    def read(worker):
        connection, seen = worker.connect(), 0
        for _ in worker.turns():
            picked = [worker.rng.choice(names) for _ in range(DEPTH)]
            commands = []
            for keys in picked:
                commands += [["MGET", *keys], ["MULTI"], *(["GET", key] for key in reversed(keys)), ["EXEC"]]
            replies = [r for r in connection.pipeline(commands) if r.children is not None]
            check(len(replies) == 2 * DEPTH, "replies", replies)
            for reply in replies:
                values = reply.value()
                check(len(set(values)) == 1, "torn group", values)
                seen += 1
        return seen

    def wipe(worker):
        connection = worker.connect()
        for _ in worker.turns():
            connection.ask("FLUSHALL", worker.rng.choice(("SYNC", "ASYNC")))
            worker.pause(0.005)

    field.run([write] * 2 + [read] * 2 + ([wipe] if flush else []))


def flushed_groups(field):
    groups(field, flush=True)


# One value wanders by RENAME: at any moment exactly one of the names exists.

def renames(field):
    names = [f"name:{i}" for i in range(9)]
    field.connection.ask("SET", names[0], "the one")

    def move(worker):
        connection, moved = worker.connect(), 0
        for _ in worker.turns():
            commands = [(worker.rng.choice(("RENAME", "RENAMENX")), *worker.rng.sample(names, 2)) for _ in range(DEPTH)]
            for reply in connection.pipeline(commands):
                check(reply.raw() in (b"+OK\r\n", b":1\r\n", b"-ERR no such key\r\n"), reply)
                moved += not reply.is_error
        return moved

    def look(worker):
        connection = worker.connect()
        for _ in worker.turns():
            for reply in connection.pipeline([("EXISTS", *names), ("MGET", *names)] * 4):
                found = reply.value()
                count = found if isinstance(found, int) else sum(value is not None for value in found)
                check(count == 1, "names existing:", count)

    tallies = field.run([move] * 4 + [look])
    check(sum(t for t in tallies if t) > 0, "nothing was renamed")


# Money moves between accounts optimistically (WATCH) or blindly (MULTI); the sum stands still.

def transfers(field):
    names, start = [f"account:{i}" for i in range(10)], 1000
    field.connection.ask("MSET", *(word for name in names for word in (name, start)))

    def optimist(worker):
        connection, won = worker.connect(), 0
        for _ in worker.turns():
            source, target = worker.rng.sample(names, 2)
            connection.ask("WATCH", source, target)
            have, had = (int(value) for value in connection.ask("MGET", source, target))
            amount = worker.rng.randint(0, max(have, 0))
            replies = connection.pipeline([("MULTI",), ("SET", source, have - amount), ("SET", target, had + amount),
                                           ("EXEC",)])
            won += not replies[-1].is_nil
        return won

    def blind(worker):
        connection = worker.connect()
        for _ in worker.turns():
            source, target = worker.rng.sample(names, 2)
            amount = worker.rng.randint(0, 5)
            connection.pipeline([("MULTI",), ("DECRBY", source, amount), ("INCRBY", target, amount), ("EXEC",)])

    def audit(worker):
        connection = worker.connect()
        for _ in worker.turns():
            total = sum(int(value) for value in connection.ask("MGET", *names))
            check(total == start * len(names), "the sum of all accounts is", total)

    tallies = field.run([optimist] * 3 + [blind, audit])
    check(sum(t for t in tallies if t) > 0, "no optimist ever won")


# Points move inside a sorted set; scores add up at every look. The set crosses its encodings' limits now and then.

def points(field):
    members = [f"player:{i}" for i in range(20)]
    field.connection.ask("ZADD", "board", *(word for member in members for word in (100, member)))

    def play(worker):
        connection = worker.connect()
        for turn in worker.turns():
            commands = []
            for _ in range(DEPTH):
                (one, other), amount = worker.rng.sample(members, 2), worker.rng.randint(1, 9)
                commands += [("MULTI",), ("ZINCRBY", "board", amount, one), ("ZINCRBY", "board", -amount, other),
                             ("EXEC",)]
            extras = [f"extra:{worker.number}:{i}" for i in range(worker.rng.choice((10, 150)))]
            commands.append(("ZADD", "board", *(word for extra in extras for word in (0, extra))))
            commands.append(("ZREM", "board", *extras))
            for reply in connection.pipeline(commands):
                check(not reply.is_error, reply)

    def look(worker):
        connection = worker.connect()
        for _ in worker.turns():
            reply = connection.ask("ZRANGE", "board", 0, -1, "WITHSCORES")
            nested = reply and isinstance(reply[0], list)  # RESP3 pairs members and scores
            scores = [float(score) for score in ([pair[1] for pair in reply] if nested else reply[1::2])]
            check(sum(scores) == 100 * len(members), "the points add up to", sum(scores))
            check(scores == sorted(scores), "scores out of order")

    field.run([play] * 3 + [look] * 2)


# A lock made of SET NX guards an unprotected read-modify-write.

def locks(field):
    def hold(worker):
        connection, taken = worker.connect(), 0
        for _ in worker.turns():
            if connection.call("SET", "lock", worker.number, "NX", "PX", 600_000).is_nil:
                continue
            value = int(connection.call("GET", "guarded").value() or 0)
            connection.pipeline([("SET", "guarded", value + 1), ("DEL", "lock")])
            taken += 1
        return taken

    taken = sum(field.run([hold] * 5))
    check(int(field.connection.call("GET", "guarded").value() or 0) == taken, "guarded sections lost an update")


# Expiring keys: what is read is right or gone, and what is gone stays gone.

def lifetimes(field):
    def write(worker):
        connection = worker.connect()
        for _ in worker.turns():
            commands = []
            for _ in range(DEPTH):
                key = worker.rng.randrange(400)
                commands.append(("SET", f"short:{key}", f"value {key}", "PX", worker.rng.randint(1, 20)))
                commands.append(("PEXPIRE", f"short:{worker.rng.randrange(400)}", worker.rng.randint(1, 20), "NX"))
            connection.pipeline(commands)

    def read(worker):
        connection = worker.connect()
        for _ in worker.turns():
            keys = [worker.rng.randrange(400) for _ in range(DEPTH)]
            for key, value in zip(keys, connection.ask("MGET", *(f"short:{key}" for key in keys))):
                check(value in (None, b"value %d" % key), key, "holds", value)
            connection.pipeline([("RANDOMKEY",), ("DBSIZE",), ("TTL", f"short:{keys[0]}"), ("SCAN", 0)])

    field.run([write] * 2 + [read] * 3)
    deadline = time.monotonic() + 20
    while field.connection.ask("DBSIZE"):
        check(time.monotonic() < deadline, "expired keys are still counted")
        time.sleep(0.01)


# Producers, and consumers blocked on several queues: nothing lost, nothing served twice. Some consumers vanish while
# blocked. One that only ends its sending side still hears everything served to it, so its items are accounted for
# exactly; one that resets its connection or is killed may take down at most the one item then on its way.

def queues(field):
    def produce(worker):
        connection, made = worker.connect(), []
        for turn in worker.turns():
            items = [b"%d-%d-%d" % (worker.number, turn, i) for i in range(worker.rng.randint(1, 4))]
            made += items
            connection.pipeline([
                ("ZADD", worker.rng.choice(QUEUES), worker.rng.randint(-5, 5), item) for item in items])
            worker.pause(0.001)
        return {"made": made}

    def consume(worker):
        connection, eaten = worker.connect(), []
        for _ in worker.turns():
            command = worker.rng.choice(("BZPOPMIN", "BZPOPMAX"))
            reply = connection.ask(command, *worker.rng.sample(QUEUES, worker.rng.randint(1, 3)), 0.05)
            if reply:
                eaten.append(reply[1])
        return {"eaten": eaten}

    def vanish(worker):
        eaten, risks = [], 0
        for _ in worker.turns():
            connection = worker.connect()
            way = worker.rng.choice(("half-close", "reset", "killed"))
            number = connection.ask("CLIENT", "ID") if way == "killed" else None
            connection.send(resp.encode("BZPOPMIN", *QUEUES, 0))
            worker.pause(worker.rng.random() * 0.004)
            if way == "half-close":
                connection.socket.shutdown(socket.SHUT_WR)
                answer = connection.read_to_end()
            elif way == "killed":
                worker.helper().call("CLIENT", "KILL", "ID", number)
                answer = connection.read_to_end()
            else:
                connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
                answer = b""
            connection.close()
            if answer:
                check(answer.startswith(b"*3\r\n"), "a vanishing client was told", answer)
                eaten.append(answer.split(b"\r\n")[4])
            elif way != "half-close":
                risks += 1
        return {"eaten": eaten, "risks": risks}

    results = field.run([produce] * 2 + [consume] * 3 + [vanish] * 2)
    made = [item for result in results for item in result.get("made", ())]
    eaten = [item for result in results for item in result.get("eaten", ())]
    eaten += [item for queue in QUEUES for item in field.connection.ask("ZRANGE", queue, 0, -1)]
    check(len(eaten) == len(set(eaten)), "served twice:", len(eaten) - len(set(eaten)))
    check(set(eaten) <= set(made), "served but never made:", list(set(eaten) - set(made))[:5])
    lost, risks = len(made) - len(eaten), sum(result.get("risks", 0) for result in results)
    check(lost <= risks, f"{lost} of {len(made)} items lost, {risks} could have been")
    check(made, "nothing was produced")


# Lines for keys under which something else stands and expires: whoever comes upon it, on whatever business, leaves
# their lines to those who hold their locks.

def expiring_lines(field):
    lines = [b"line:%d" % i for i in range(40)]

    def wait(worker):
        connections, served = [worker.connect() for _ in range(8)], 0
        for turn in worker.turns():
            own = b"own:%d:%d" % (worker.number, turn)
            for connection in connections:
                connection.send(resp.encode("BZPOPMIN", *worker.rng.sample(lines, 10), own, 0))
            worker.helper().call("ZADD", own, *(word for i in range(len(connections)) for word in (i, i)))
            for connection in connections:
                reply = connection.read()
                check(not reply.is_error or reply.raw().startswith(b"-WRONGTYPE"), reply)
                served += not reply.is_error
        return served

    def expire(worker):
        connection = worker.connect()
        for _ in worker.turns():
            connection.pipeline([("SET", line, "x", "PX", 2) for line in worker.rng.sample(lines, 20)])
            worker.pause(0.002)
            connection.pipeline([("SCAN", 0, "COUNT", 1000), ("KEYS", "*"), ("ZADD", worker.rng.choice(lines), 1, "m")])

    check(sum(field.run([wait] * 2 + [expire] * 2)[:2]) > 0, "nobody was served")


# CLIENT PAUSE: once it has answered, nothing changes, whatever was waiting for its locks then.

def pauses(field):
    field.connection.pipeline([("ZADD", "long:a", i, i) for i in range(20_000)])

    def hold(worker):
        connection = worker.connect()
        for _ in worker.turns():
            connection.call("ZUNIONSTORE", "long", 2, "long:a", "long:a")

    def write(worker):
        connection = worker.connect()
        for _ in worker.turns():
            connection.pipeline([
                ("MULTI",), ("INCR", "written"), ("ZCARD", "long"), ("EXEC",), ("ZADD", "long", 1, 1),
                ("INCR", "written")])

    def wait(worker):
        connection, served = worker.connect(), 0
        for _ in worker.turns():
            served += connection.ask("BZPOPMIN", "line", 0.05) is not None
        return served

    def pause(worker):
        connection, added = worker.connect(), 0
        for turn in worker.turns():
            is_feeding = turn % 2 == 1
            if not is_feeding:
                check(connection.ask("CLIENT", "PAUSE", 60_000, "WRITE") == b"OK", "no pause")
            else:
                # With what those who wait have been waiting for.
                replies = connection.pipeline([
                    ("MULTI",), ("ZADD", "line", added, added), ("CLIENT", "PAUSE", 60_000, "WRITE"), ("EXEC",)])
                check(replies[-1].value() == [1, b"OK"], replies[-1])
            added += is_feeding
            before = connection.pipeline([("GET", "written"), ("ZCARD", "line")])
            check(before[1].value() >= is_feeding, "served during a pause")
            worker.pause(0.005)
            after = connection.pipeline([("GET", "written"), ("ZCARD", "line")])
            check([reply.raw() for reply in before] == [reply.raw() for reply in after], "written during a pause")
            connection.call("CLIENT", "UNPAUSE")
            worker.pause(0.005)
        return added

    *served, added = field.run([hold] * 2 + [write] * 2 + [wait] * 2 + [pause])[4:]
    left = field.connection.ask("ZCARD", "line")
    check(sum(served) + left == added and sum(served) > 0, "served", served, "left", left, "of", added)


PHASES = [
    counters, groups, flushed_groups, renames, transfers, points, locks, lifetimes, queues, expiring_lines, pauses]
