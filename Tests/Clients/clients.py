"""What users do on their first day, with the clients they have. Run by Tests/Clients/run."""
import argparse
import os
import pathlib
import random
import subprocess
import sys
import threading
import time

import redis

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from harness import resp, servers  # noqa: E402

COMMAND_SECONDS = 60
SEED = 20


def shell(*command, data=None):
    """A program's output; it must succeed."""
    ended = subprocess.run(command, input=data, capture_output=True, timeout=COMMAND_SECONDS)
    assert ended.returncode == 0, f"{command}: {ended.stdout!r} {ended.stderr!r}"
    return ended.stdout


# redis-cli

def cli_one_shot(server):
    def cli(*words):
        return shell("redis-cli", "-p", str(server.port), *words)

    assert cli("PING") == b"PONG\n"
    assert cli("SET", "greeting", "hello world") == b"OK\n"
    assert cli("GET", "greeting") == b"hello world\n"
    assert cli("--no-raw", "GET", "greeting") == b'"hello world"\n'
    assert cli("--no-raw", "GET", "nosuch") == b"(nil)\n"
    assert cli("--no-raw", "INCR", "n") == b"(integer) 1\n"
    assert b"wrong number of arguments" in cli("GET")
    assert cli("-n", "3", "SET", "k", "in three") == b"OK\n"
    assert cli("-n", "3", "GET", "k") == b"in three\n"
    assert cli("-r", "5", "INCR", "r").split() == [b"1", b"2", b"3", b"4", b"5"]
    assert cli("--scan", "--pattern", "greet*") == b"greeting\n"
    assert shell("redis-cli", "-p", str(server.port), "-x", "SET", "stdin", data=b"from stdin") == b"OK\n"
    assert shell("redis-cli", "-p", str(server.port), data=b"MULTI\nSET a 1\nINCR a\nEXEC\n").split() == [
        b"OK", b"QUEUED", b"QUEUED", b"OK", b"2"]
    assert b"redis_version" in cli("INFO", "server")


def cli_resp3(server):
    def cli(*words):
        return shell("redis-cli", "-3", "--no-raw", "-p", str(server.port), *words)

    assert b"(integer) 2" in cli("ZADD", "z3", "1.5", "a", "2", "b")
    assert cli("ZSCORE", "z3", "a") == b"(double) 1.5\n"
    assert cli("CONFIG", "GET", "timeout") == b'1# "timeout" => "0"\n'
    assert b"(double) 1.5" in cli("ZRANGE", "z3", "0", "-1", "WITHSCORES")


def cli_pipe(server):
    commands = b"".join(resp.encode("SET", f"piped:{i}", i) for i in range(50_000))
    output = shell("redis-cli", "-p", str(server.port), "--pipe", data=commands)
    assert b"errors: 0, replies: 50000" in output, output
    assert server.connect().ask("GET", "piped:49999") == b"49999"


def benchmark(server):
    output = shell("redis-benchmark", "-p", str(server.port), "-t", "ping,get,set,incr,mset", "-n", "20000", "-q",
                   "-P", "4", "-r", "1000")
    assert output.count(b"requests per second") >= 6, output
    assert b"rror" not in output, output
    output = shell("redis-benchmark", "-p", str(server.port), "-t", "get,set", "-n", "20000", "-q", "-3", "-d", "5000",
                   "--threads", "2")
    assert b"rror" not in output, output


# redis-py

def strings(client):
    assert client.set("s", "value") and client.get("s") == b"value"
    assert client.set("s", "other", nx=True) is None
    assert client.set("s", "new", xx=True, get=True) == b"value"
    assert client.set("t", "v", ex=100) and 0 < client.ttl("t") <= 100
    assert client.getex("t", persist=True) == b"v" and client.ttl("t") == -1
    assert client.mset({"m1": 1, "m2": 2}) and client.mget("m1", "m2", "nosuch") == [b"1", b"2", None]
    assert client.incr("m1") == 2 and client.decrby("m1", 5) == -3 and client.incrbyfloat("m2", 0.5) == 2.5
    assert client.append("s", "er") == 5 and client.strlen("s") == 5 and client.getdel("s") == b"newer"
    blob = bytes(range(256)) * 400
    assert client.set(b"\x00bin\xff", blob) and client.get(b"\x00bin\xff") == blob
    try:
        client.zadd("m1", {"a": 1})
        raise AssertionError("no WRONGTYPE")
    except redis.ResponseError as error:
        assert "WRONGTYPE" in str(error)


def keys(client):
    client.mset({f"scan:{i}": i for i in range(1500)})
    assert sorted(client.scan_iter(match="scan:*", count=37)) == sorted(b"scan:%d" % i for i in range(1500))
    assert client.expire("scan:1", 100) and client.pexpiretime("scan:1") > time.time() * 1000
    assert client.rename("scan:1", "renamed") and client.exists("scan:1", "renamed") == 1
    assert client.delete(*(f"scan:{i}" for i in range(1500))) == 1499
    assert client.type("renamed") == b"string" and client.dbsize() >= 1
    assert client.touch("renamed") == 1 and client.unlink("renamed") == 1


def server_side(client):
    assert client.info()["connected_clients"] >= 1
    assert client.info("memory")["used_memory"] > 0
    client.client_setname("tester")
    assert client.client_getname() in ("tester", b"tester")
    assert any(entry["name"] == "tester" for entry in client.client_list())
    assert client.config_get("timeout") == {"timeout": "0"}
    assert client.config_set("timeout", 300) and client.config_get("timeout") == {"timeout": "300"}
    client.config_set("timeout", 0)
    assert abs(client.time()[0] - time.time()) < 5
    assert client.command_count() > 80 and client.command_getkeys("SET", "a", "b") in ([b"a"], ["a"])
    assert client.echo("x") == b"x" and client.ping()


def pipelines(client):
    with client.pipeline(transaction=False) as pipe:
        for i in range(2000):
            pipe.set(f"p:{i}", i)
            pipe.get(f"p:{i}")
        replies = pipe.execute()
    assert replies[1::2] == [b"%d" % i for i in range(2000)]
    with client.pipeline(transaction=False) as pipe:
        replies = pipe.set("x", "text").incr("x").get("x").execute(raise_on_error=False)
    assert isinstance(replies[1], redis.ResponseError) and replies[2] == b"text"


def transactions(client):
    with client.pipeline() as pipe:
        assert pipe.set("tx", 1).incr("tx").get("tx").execute() == [True, 2, b"2"]
    with client.pipeline() as pipe:
        pipe.watch("tx")
        client.set("tx", 10)
        pipe.multi()
        pipe.set("tx", 20)
        try:
            pipe.execute()
            raise AssertionError("no WatchError")
        except redis.WatchError:
            pass
    assert client.get("tx") == b"10"
    client.transaction(lambda pipe: (pipe.get("tx"), pipe.multi(), pipe.incr("tx")), "tx")
    assert client.get("tx") == b"11"


def blocking(client):
    assert client.bzpopmin("none", timeout=0.05) is None
    waiter, got = threading.Thread(target=lambda: got.append(client.bzpopmax(["jobs1", "jobs2"], timeout=20))), []
    waiter.start()
    servers.wait_until(lambda: client.info("clients")["blocked_clients"] == 1, "a client is blocked")
    client.zadd("jobs2", {"low": 1, "high": 9})
    waiter.join(20)
    assert list(got[0]) == [b"jobs2", b"high", 9.0], got
    assert client.zpopmin("jobs2") in ([(b"low", 1.0)], [[b"low", 1.0]], [b"low", 1.0])


def leaderboard(client):
    """Points from many players; top ten, ranks and neighbours must agree with a model."""
    rng, points = random.Random(SEED), {}
    with client.pipeline(transaction=False) as pipe:
        for _ in range(5000):
            player, step = f"player:{rng.randrange(800)}", rng.randint(1, 50)
            points[player] = points.get(player, 0) + step
            pipe.zincrby("leaderboard", step, player)
        pipe.execute()
    ranking = sorted(points.items(), key=lambda item: (item[1], item[0].encode()), reverse=True)
    assert client.zcard("leaderboard") == len(points)
    top = client.zrevrange("leaderboard", 0, 9, withscores=True)
    assert [(name.decode(), score) for name, score in top] == ranking[:10]
    for place in rng.sample(range(len(ranking)), 50):
        name, score = ranking[place]
        assert client.zrevrank("leaderboard", name) == place and client.zscore("leaderboard", name) == score
    around = client.zrange("leaderboard", 100, 110, desc=True)
    assert [name.decode() for name in around] == [name for name, _ in ranking[100:111]]
    above = sum(score >= 300 for score in points.values())
    assert client.zcount("leaderboard", 300, "+inf") == above
    assert client.zremrangebyrank("leaderboard", 0, -101) == len(points) - 100


def rate_limiter(client):
    """A sliding window: at most 10 requests in 60 s of a clock of our own, against a naive model."""
    rng, now, admitted, window, limit = random.Random(SEED), 1_000_000.0, [], 60, 10
    for number in range(600):
        now += rng.random() * 8
        with client.pipeline() as pipe:
            pipe.zremrangebyscore("limiter", "-inf", now - window)
            pipe.zcard("limiter")
            pipe.zadd("limiter", {f"request:{number}": now})
            pipe.expire("limiter", window)
            count = pipe.execute()[1]
        admitted = [moment for moment in admitted if moment > now - window]
        assert count == len(admitted), (number, count, len(admitted))
        if count >= limit:
            client.zrem("limiter", f"request:{number}")
        else:
            admitted.append(now)


def pool(server, protocol):
    shared = redis.ConnectionPool(host="127.0.0.1", port=server.port, protocol=protocol, max_connections=20)
    errors = []

    def use():
        try:
            client = redis.Redis(connection_pool=shared)
            for _ in range(300):
                client.incr("pooled")
        except Exception as error:  # reported by the main thread
            errors.append(error)

    threads = [threading.Thread(target=use) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors, errors
    assert redis.Redis(connection_pool=shared).getdel("pooled") == b"4800"
    shared.disconnect()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--apus", metavar="PATH", help="binary under test (default: the release build)")
    binary = os.path.abspath(parser.parse_args().apus or servers.apus_binary())
    with servers.Server(binary, name="apus") as server:
        checks = [(check.__name__, lambda check=check: check(server))
                  for check in (cli_one_shot, cli_resp3, cli_pipe, benchmark)]
        for protocol in (2, 3):
            client = redis.Redis(port=server.port, protocol=protocol, socket_timeout=COMMAND_SECONDS)

            def fresh(check, client=client):
                client.flushall()
                check(client)

            for check in (strings, keys, server_side, pipelines, transactions, blocking, leaderboard, rate_limiter):
                checks.append((f"redis-py RESP{protocol} {check.__name__}",
                               lambda check=check, fresh=fresh: fresh(check)))
            checks.append((f"redis-py RESP{protocol} pool", lambda protocol=protocol: pool(server, protocol)))
        return servers.run_checks("clients", checks)


if __name__ == "__main__":
    sys.exit(main())
