"""One workload for each way of calling a command that costs something of its own, for `tools/compare --commands`.

A command is sent to keys that are there, unless its name says otherwise; one that removes them comes with one that puts
them back. Data sets: "keys" are 100,000 strings, "few" a thousand, "sets" 100,000 sorted sets of eight members, "board"
is one of 200,000, "hundreds" are a thousand of about 160 out of 400 possible members.
"""
import re

SETS = 100_000
BOARD = 200_000
HUNDREDS = 1_000
FEW = 1_000
_EIGHT = [word for n in range(8) for word in (str(n + 1), f"m{n}")]
_HUNDREDS = ["{rand:0-999}", "m{rand:0-399}"] * 200

# name: (units, which are also the range of random keys; the command that writes one)
DATA = {
    "keys": (SETS, ["SET", "{key}", "{value:32}"]),
    "few": (FEW, ["SET", "{key}", "{value:32}"]),
    "sets": (SETS, ["ZADD", "{key}", *_EIGHT]),
    "board": (BOARD, ["ZADD", "board", "{int}", "m{keynum}"]),
    "hundreds": (HUNDREDS, ["ZADD", "{key}", *_HUNDREDS]),
}

_MEMBER = f"m{{rand:0-{BOARD - 1}}}"
_SCORE = f"{{rand:0-{BOARD - 1}}}"
_AGAIN = "SET {key} {value:32}"
_AGAIN_SET = "ZADD {key} " + " ".join(_EIGHT)

# (data set, requests, commands; behind "/" is one that takes turns with it, behind "<-" what goes before it in a
# transaction: no other client comes between)
COMMANDS = [
    ("keys", 300_000, [
        "PING", "ECHO hello", "TIME", "DBSIZE", "SELECT 0", "CLIENT ID", "CLIENT GETNAME", "CLIENT INFO",
        "COMMAND COUNT", "COMMAND INFO get", "CONFIG GET maxmemory", "HELLO 2", "GET {key}",
        "GET absent:{rand:0-99999}", _AGAIN, "SET {key} {value:32} EX 1000", "SET {key} {value:32} NX",
        "SET {key} {value:32} XX GET", "SET {key} {value:32} KEEPTTL", "SETNX {key} v",
        "SETEX {key} 1000 {value:32}", "PSETEX {key} 1000000 {value:32}", "GETSET {key} {value:32}", "GETEX {key}",
        "GETEX {key} EX 1000", f"GETDEL {{key}} / {_AGAIN}", "MGET {key} {key} {key}",
        "MSET {key} {value:32} {key} {value:32}", "MSETNX {key} v {key} v", "APPEND long:{rand:0-9999} x",
        "STRLEN {key}", "GETRANGE {key} 2 9", "SETRANGE {key} 3 abc", "INCR count:{rand:0-9999}",
        "DECRBY count:{rand:0-9999} 3", "INCRBYFLOAT real:{rand:0-9999} 1.5", f"DEL {{key}} / {_AGAIN}",
        f"UNLINK {{key}} / {_AGAIN}", "EXISTS {key}", "EXISTS {key} {key} {key}", "TYPE {key}", "TOUCH {key}",
        "EXPIRE {key} 1000", "PEXPIREAT {key} 4000000000000", "TTL {key}", "EXPIRETIME {key}",
        "PERSIST {key} / EXPIRE {key} 1000", "RENAME {samekey} other:{rand:0-999} <- " + _AGAIN,
        "RENAMENX {samekey} other:{rand:0-99999} <- " + _AGAIN, "COPY {key} copy:{rand:0-999} REPLACE",
        f"MOVE {{key}} 1 / {_AGAIN}", "SCAN 0", "SCAN 0 COUNT 100", "SCAN 0 MATCH key:*1 COUNT 100", "RANDOMKEY",
        "OBJECT ENCODING {key}", "OBJECT IDLETIME {key}", "MEMORY USAGE {key}",
    ]),
    ("few", 20_000, ["KEYS *1"]),
    ("keys", 10_000, ["CLIENT LIST", "INFO"]),
    ("keys", 100_000, ["INFO stats"]),
    ("sets", 300_000, [
        "ZADD {key} 5 m3", f"ZADD {{key}} 9 m9 / ZREM {{key}} m9", "ZINCRBY {key} 1 m3", "ZSCORE {key} m3",
        "ZCARD {key}", "ZCOUNT {key} 2 6", "ZLEXCOUNT {key} - +", "ZRANK {key} m3", "ZRANGE {key} 0 -1",
        "ZRANGE {key} 0 -1 WITHSCORES", "ZREVRANGE {key} 0 2", "ZRANGEBYSCORE {key} 2 5",
        "ZRANGEBYLEX {key} - + LIMIT 0 3", f"ZPOPMIN {{key}} / {_AGAIN_SET}", f"BZPOPMIN {{samekey}} 0 <- {_AGAIN_SET}",
        "ZSCAN {key} 0", "ZRANDMEMBER {key}", "ZUNION 2 {key} {key}", "ZUNIONSTORE out 2 {key} {key}",
        "ZINTERSTORE out 2 {key} {key}", "ZDIFFSTORE out 2 {key} {key}", "ZINTERCARD 2 {key} {key}",
        "ZRANGESTORE out {key} 0 -1",
    ]),
    ("board", 200_000, [
        f"ZADD board {_SCORE} {_MEMBER}", f"ZADD board GT {_SCORE} {_MEMBER}", f"ZADD board INCR 1 {_MEMBER}",
        f"ZSCORE board {_MEMBER}", f"ZMSCORE board {_MEMBER} {_MEMBER} {_MEMBER}", f"ZCOUNT board 1000 {_SCORE}",
        f"ZRANK board {_MEMBER}", f"ZREVRANK board {_MEMBER} WITHSCORE", "ZRANGE board 1000 1009",
        "ZRANGE board 1000 1099 WITHSCORES", "ZREVRANGE board 0 9 WITHSCORES",
        f"ZRANGEBYSCORE board {_SCORE} +inf LIMIT 0 10", f"ZREVRANGEBYSCORE board {_SCORE} -inf LIMIT 0 10",
        f"ZREM board {_MEMBER} / ZADD board {_SCORE} {_MEMBER}", f"ZPOPMIN board / ZADD board {_SCORE} {_MEMBER}",
        f"ZPOPMAX board 5 / ZADD board {_SCORE} {_MEMBER}", f"ZMPOP 1 board MIN / ZADD board {_SCORE} {_MEMBER}",
        f"ZREMRANGEBYSCORE board (5 5 / ZADD board {_SCORE} {_MEMBER}", "ZRANDMEMBER board 5", "ZRANDMEMBER board -5",
        "ZSCAN board 0 COUNT 20",
    ]),
    ("hundreds", 5_000, [
        "ZUNIONSTORE out 2 {key} {key}", "ZINTERSTORE out 2 {key} {key}", "ZDIFFSTORE out 2 {key} {key}",
        "ZINTERCARD 2 {key} {key}", "ZINTERCARD 2 {key} {key} LIMIT 10", "ZUNION 2 {key} {key} WITHSCORES",
    ]),
]


def each():
    """(name, data set, requests, apus-bench's arguments) of each."""
    for data, requests, lines in COMMANDS:
        for line in lines:
            command, _, before = line.partition(" <- ")
            turns = [f"MULTI ; {before} ; {command} ; EXEC"] if before else line.split(" / ")
            arguments = [word for turn in turns for word in ("--mix", f"1:{turn}")]
            name = re.sub(r"\{(?:same)?(\w)[^}]*\}", r"\1", command.split(" / ")[0])
            yield f"{data}: {name}", data, requests, arguments
