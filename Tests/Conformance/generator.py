"""Seeded random commands over small pools of keys, members and values, so that they meet often.

Every reply is compared; every DUMP_INTERVAL commands the whole keyspace is, too. The seed and the command's index
are the place a difference reports; the run stops after DIFFERENCES_MAX of them, since the states have parted.
"""
import random

DUMP_INTERVAL = 250
DIFFERENCES_MAX = 10
FAR_SECONDS = 100_000  # long enough that nothing expires during a run
LIFETIME_STEP_SECONDS, LIFETIMES = 50, 100_003  # a prime: no relative lifetime is drawn twice, so GT has no ties

STRING_KEYS = [b"k%d" % i for i in range(7)] + [b"", b"key with space"]
SORTED_SET_KEYS = [b"z%d" % i for i in range(6)] + [b"bin\x00\r\n\xff"]
LEXICAL_KEY = b"lexical"  # only ever holds members of score 0
KEYS = STRING_KEYS + SORTED_SET_KEYS
STRANGER_CHANCE = 0.12  # how often a command meets a key of whatever type
MEMBERS = [b"m%d" % i for i in range(12)] + [b"", b"-1", b"007", b"9223372036854775807", b"x" * 70, b"\x00\xff"]
INTEGERS = [0, 1, -1, 2, 7, 10, 42, 127, 128, -128, 4095, 65536, -65537, 2**31 - 1, 2**31, 2**32, 2**63 - 1, -2**63]
BAD_NUMBERS = [b"", b" 1", b"1 ", b"+1", b"01", b"1e3", b"abc", b"9223372036854775808", b"-9223372036854775809",
               b"0x10"]
FLOATS = [b"0", b"-0", b"1", b"1.5", b"-2.25", b"0.1", b"3.0e2", b"1e17", b"1e300", b"-1e-5", b"inf", b"-inf", b"+inf",
          b"0.30000000000000004", b"123456789.123456789", b"4503599627370496.5", b"1e-320", b"5e-324"]
BAD_FLOATS = [b"nan", b"", b"abc", b"1.5x", b" 1", b"--1"]

# The sum of zeros of both signs, and a zero times a negative weight: the reference keeps the sign of what it has built
# in a skiplist and drops it in a listpack, so the two sides differ in where it is lost.
ZERO_SIGN = ("mask", r"(\$2\r\n-0|\$1\r\n0|,-0|,0)(?=\r\n)")


class Grammar:
    """Draws commands. Each drawing method returns (arguments, modifiers)."""

    def __init__(self, rng):
        self.rng = rng
        self.lifetimes = 0
        self.commands = []
        for weight, draw in (
                (14, self.strings), (5, self.counters), (6, self.multiple), (8, self.generic), (5, self.expiry),
                (16, self.adding), (10, self.reading), (10, self.ranges), (5, self.removing), (4, self.unions),
                (2, self.server), (1, self.arity)):
            self.commands += [draw] * weight

    def draw(self):
        return self.rng.choice(self.commands)()

    # Values

    def key(self):
        return self.rng.choice(KEYS if self.rng.random() < STRANGER_CHANCE else STRING_KEYS)

    def sorted_set_key(self):
        return self.rng.choice(KEYS if self.rng.random() < STRANGER_CHANCE else SORTED_SET_KEYS)

    def any_key(self):
        return self.rng.choice(KEYS)

    def member(self):
        return self.rng.choice(MEMBERS)

    def integer(self):
        return self.rng.choice(BAD_NUMBERS) if self.rng.random() < 0.04 else self.rng.choice(INTEGERS)

    def index(self):
        return self.rng.choice(BAD_NUMBERS) if self.rng.random() < 0.03 else self.rng.randint(-14, 14)

    def score(self):
        if self.rng.random() < 0.03:
            return self.rng.choice(BAD_FLOATS)
        return self.rng.choice(FLOATS) if self.rng.random() < 0.4 else self.rng.randint(-9, 9)

    def value(self):
        kind = self.rng.randrange(5)
        if kind == 0:
            return self.rng.choice(INTEGERS)
        if kind == 1:
            return self.rng.choice(FLOATS)
        if kind == 2:
            return b"v" * self.rng.choice((1, 43, 44, 45, 63, 64, 65, 200, 1000, 20000))
        return self.member()

    def some(self, draw, most=4):
        return [draw() for _ in range(self.rng.randint(1, most))]

    def options(self, *choices):
        """Each choice (a list of words, or a function giving one) with small probability, in random order."""
        picked = [c() if callable(c) else c for c in choices if self.rng.random() < 0.25]
        self.rng.shuffle(picked)
        return [self.cased(word) for words in picked for word in words]

    def cased(self, word):
        if isinstance(word, str) and self.rng.random() < 0.2:
            return word.lower()
        return word

    def one_of(self, *drawings):
        return self.rng.choice(drawings)()

    # Commands

    def strings(self):
        def expiry():
            unit = self.rng.choice(("EX", "PX", "EXAT", "PXAT", "KEEPTTL"))
            return [unit] if unit == "KEEPTTL" else [unit, self.lifetime(unit)]

        def set_():
            return ["SET", self.key(), self.value()] + self.options(
                ["NX"], ["XX"], ["GET"], expiry, lambda: ["IFEQ", self.value()])

        def getex():
            return ["GETEX", self.key()] + self.options(expiry, ["PERSIST"])

        return self.one_of(
            set_, set_, set_, getex,
            lambda: ["GET", self.key()], lambda: ["GET", self.key()],
            lambda: ["SETNX", self.key(), self.value()],
            lambda: ["SETEX", self.key(), self.lifetime("EX"), self.value()],
            lambda: ["PSETEX", self.key(), self.lifetime("PX"), self.value()],
            lambda: ["GETSET", self.key(), self.value()],
            lambda: ["GETDEL", self.key()],
            lambda: ["APPEND", self.key(), self.value()],
            lambda: ["STRLEN", self.key()]), ()

    def lifetime(self, unit):
        if self.rng.random() < 0.08:
            return self.rng.choice((0, -1, -5, b"x", b"", 2**63 - 1, 2**62, -2**63))
        self.lifetimes += 1
        far = FAR_SECONDS + LIFETIME_STEP_SECONDS * (self.lifetimes * 7919 % LIFETIMES)
        return {"EX": far, "PX": far * 1000, "EXAT": 4_000_000_000, "PXAT": 4_000_000_000_000}[unit]

    def counters(self):
        return self.one_of(
            lambda: ["INCR", self.key()], lambda: ["DECR", self.key()],
            lambda: ["INCRBY", self.key(), self.integer()], lambda: ["DECRBY", self.key(), self.integer()],
            lambda: ["INCRBYFLOAT", self.key(), self.score()]), ()

    def multiple(self):
        def pairs():
            return [w for _ in range(self.rng.randint(1, 4)) for w in (self.key(), self.value())]

        return self.one_of(
            lambda: ["MGET"] + self.some(self.key), lambda: ["MSET"] + pairs(), lambda: ["MSETNX"] + pairs(),
            lambda: ["DEL"] + self.some(self.key, 2), lambda: ["UNLINK"] + self.some(self.key, 2),
            lambda: ["EXISTS"] + self.some(self.key), lambda: ["TOUCH"] + self.some(self.key)), ()

    def generic(self):
        pattern = self.rng.choice((b"*", b"k*", b"k[0-3]", b"?0", b"", b"k[^1]", b"*\\ *", b"[", b"k[3-0]", b"*5"))
        return self.one_of(
            lambda: (["TYPE", self.any_key()], ()),
            lambda: (["RENAME", self.any_key(), self.any_key()], ()),
            lambda: (["RENAMENX", self.any_key(), self.any_key()], ()),
            lambda: (["KEYS", pattern], [("unordered", "")]),
            lambda: (["SCAN", 0, "COUNT", 1000] + self.options(
                lambda: ["MATCH", pattern], lambda: ["TYPE", self.rng.choice(("string", "zset", "list"))]),
                [("deep-unordered", "")]),
            lambda: (["RANDOMKEY"], [("type-only", "")]),
            lambda: (["DBSIZE"], ()))

    def expiry(self):
        def setting(name, unit):
            return [name, self.any_key(), self.lifetime(unit)] + self.options(["NX"], ["XX"], ["GT"], ["LT"])

        return self.one_of(
            lambda: (setting("EXPIRE", "EX"), ()), lambda: (setting("PEXPIRE", "PX"), ()),
            lambda: (setting("EXPIREAT", "EXAT"), ()), lambda: (setting("PEXPIREAT", "PXAT"), ()),
            lambda: (["PERSIST", self.any_key()], ()),
            lambda: (["TTL", self.any_key()], [("approx", "20")]),
            lambda: (["PTTL", self.any_key()], [("approx", "20000")]),
            lambda: (["EXPIRETIME", self.any_key()], [("approx", "20")]),
            lambda: (["PEXPIRETIME", self.any_key()], [("approx", "20000")]))

    def adding(self):
        def zadd():
            members = [w for _ in range(self.rng.randint(1, 5)) for w in (self.score(), self.member())]
            return ["ZADD", self.sorted_set_key()] + self.options(["NX"], ["XX"], ["GT"], ["LT"], ["CH"]) + members

        def many():
            start, count = self.rng.randrange(100), self.rng.choice((40, 130))
            return ["ZADD", self.sorted_set_key()] + [w for i in range(count) for w in (i % 7, b"f%d" % (start + i))]

        def equal():
            return ["ZADD", LEXICAL_KEY] + [word for _ in range(4) for word in (0, self.member())]

        def incr():
            return ["ZADD", self.sorted_set_key()] + self.options(["NX"], ["XX"], ["GT"], ["LT"], ["CH"]) + [
                "INCR", self.score(), self.member()]

        return self.one_of(
            zadd, zadd, zadd, many, incr, equal,
            lambda: ["ZINCRBY", self.sorted_set_key(), self.score(), self.member()]), ()

    def reading(self):
        return self.one_of(
            lambda: ["ZSCORE", self.sorted_set_key(), self.member()],
            lambda: ["ZMSCORE", self.sorted_set_key()] + self.some(self.member),
            lambda: ["ZCARD", self.sorted_set_key()],
            lambda: ["ZCOUNT", self.sorted_set_key(), self.bound(), self.bound()],
            lambda: ["ZRANK", self.sorted_set_key(), self.member()] + self.options(["WITHSCORE"]),
            lambda: ["ZREVRANK", self.sorted_set_key(), self.member()] + self.options(["WITHSCORE"])), ()

    def bound(self):
        bound = self.score()
        bound = bound if isinstance(bound, bytes) else b"%d" % bound
        return b"(" + bound if self.rng.random() < 0.3 else bound

    def lexical(self):
        choice = self.rng.randrange(6)
        return (b"-", b"+", b"[" + self.member(), b"(" + self.member(), b"[m5", b"m5")[choice]

    def ranges(self):
        def limit():
            # The reference takes a negative offset as nothing in a listpack, as a place from the end in a skiplist.
            offset = self.index()
            return ["LIMIT", offset if isinstance(offset, bytes) else abs(offset), self.index()]

        def range_():
            kind = self.rng.choice(("", "", "BYSCORE"))
            bounds = self.bound if kind else self.index
            return ["ZRANGE", self.sorted_set_key(), bounds(), bounds()] + ([kind] if kind else []) + self.options(
                ["REV"], limit, ["WITHSCORES"])

        def lexical():  # its result is only defined where all scores are equal
            return ["ZRANGE", LEXICAL_KEY, self.lexical(), self.lexical(), "BYLEX"] + self.options(
                ["REV"], limit, ["WITHSCORES"])

        return self.one_of(
            range_, range_, range_, lexical,
            lambda: ["ZREVRANGE", self.sorted_set_key(), self.index(), self.index()] + self.options(["WITHSCORES"]),
            lambda: [self.rng.choice(("ZRANGEBYSCORE", "ZREVRANGEBYSCORE")), self.sorted_set_key(), self.bound(),
                     self.bound()] + self.options(["WITHSCORES"], limit)), ()

    def removing(self):
        return self.one_of(
            lambda: ["ZREM", self.sorted_set_key()] + self.some(self.member),
            lambda: ["ZREM", self.sorted_set_key()] + self.some(self.member),
            lambda: ["ZREMRANGEBYRANK", self.sorted_set_key(), self.index(), self.index()],
            lambda: ["ZREMRANGEBYSCORE", self.sorted_set_key(), self.bound(), self.bound()],
            lambda: ["ZPOPMIN", self.sorted_set_key()] + ([self.index()] if self.rng.random() < 0.5 else []),
            lambda: ["ZPOPMAX", self.sorted_set_key()] + ([self.index()] if self.rng.random() < 0.5 else []),
            lambda: [self.rng.choice(("BZPOPMIN", "BZPOPMAX"))] + self.some(self.sorted_set_key) + [0.01]), ()

    def unions(self):
        keys = self.some(self.sorted_set_key, 3)
        count = len(keys) if self.rng.random() < 0.95 else self.rng.randint(-1, 5)
        return ["ZUNIONSTORE", self.sorted_set_key(), count] + keys + self.options(
            lambda: ["WEIGHTS"] + [self.score() for _ in keys],
            lambda: ["AGGREGATE", self.rng.choice(("SUM", "MIN", "MAX", "AVG"))]), ()

    def server(self):
        if self.rng.random() < 0.03:
            return [self.rng.choice(("FLUSHDB", "FLUSHALL"))], ()
        return self.one_of(lambda: ["PING"], lambda: ["ECHO", self.value()], lambda: ["SELECT", 0],
                           lambda: ["COMMAND", "GETKEYS"] + self.adding()[0]), ()

    def arity(self):
        arguments, _ = self.draw()
        return ([self.cased(arguments[0]), *arguments[1:self.rng.randint(1, 3)]], [("type-only", "")])


def run(pair, count, seed):
    """Sends `count` random commands to both sides of `pair`."""
    rng = random.Random(seed)
    grammar = Grammar(rng)
    pair.flush()
    sent, before = 0, len(pair.differences)
    while sent < count and len(pair.differences) - before < DIFFERENCES_MAX:
        place = f"random command {sent} (seed {seed}, RESP{pair.protocol})"
        pair.current = rng.choice((1, 1, 1, 2))
        chance = rng.random()
        if chance < 0.03:
            sent += _transaction(pair, place, grammar, rng)
        else:
            _call_drawn(pair, place, grammar)
            sent += 1
        if sent % DUMP_INTERVAL == 0 or sent >= count:
            dump(pair, place)


def dump(pair, place):
    """Compares the keyspaces: type, content and whether there is a lifetime, key by key."""
    place += ", dump"
    keys = pair.call(place, ["KEYS", "*"], [("unordered", "")]).value()
    for key in sorted(keys):
        kind = pair.call(place, ["TYPE", key]).value()
        if kind == b"string":
            pair.call(place, ["GET", key])
        else:
            pair.call(place, ["ZRANGE", key, 0, -1, "WITHSCORES"], [ZERO_SIGN])
        pair.call(place, ["PTTL", key], [("approx", "20000")])


def _call_drawn(pair, place, grammar):
    arguments, modifiers = grammar.draw()
    pair.call(place, arguments, [*modifiers, ZERO_SIGN])


def _transaction(pair, place, grammar, rng):
    """WATCH sometimes, perhaps a disturbance by another client, MULTI, some commands, EXEC or DISCARD."""
    owner = pair.current
    if rng.random() < 0.5:
        pair.call(place, ["WATCH", grammar.key(), grammar.key()])
        if rng.random() < 0.6:
            pair.current = 3
            _call_drawn(pair, place, grammar)
            pair.current = owner
        if rng.random() < 0.1:
            pair.call(place, ["UNWATCH"])
    pair.call(place, ["MULTI"])
    count = rng.randint(1, 6)
    for _ in range(count):
        arguments, own = grammar.draw()
        if own:  # a reply inside EXEC cannot be modified on its own
            arguments = ["GET", grammar.key()]
        pair.call(place, arguments)
    pair.call(place, ["EXEC"] if rng.random() < 0.85 else ["DISCARD"], [ZERO_SIGN])
    return count
