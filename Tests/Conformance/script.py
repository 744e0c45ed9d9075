"""The conformance script format: plain text, one command per line in redis-cli quoting, directives after `@`.

    # a comment
    SET "key\\x00" 'value'      a command for the current client; its replies are compared byte for byte
    @flush                     FLUSHALL on both servers, all clients closed, client 1 current
    @client N                  the following lines belong to client N, connected at first use
    @close                     closes the current client from our side
    @resp 2|3|both             the following lines run only when the script runs in that protocol
    @send "bytes"              raw bytes, nothing read
    @raw "bytes"               raw bytes, then one reply compared
    @async COMMAND             the command is sent, its reply is left for a later @read
    @read [N]                  N replies (default 1) of the current client, compared
    @expect-close              everything up to the server's close, compared
    @blocked N                 waits until both servers report N blocked clients
    @repeat N COMMAND          the command N times as one pipeline, {i} standing for 0 to N-1, all replies compared
    @long N COMMAND            the command with {x} replaced by N bytes of "x"
    @orders N HEAD | A | B 1 || TAIL
                               HEAD, then every ordered choice of up to N of the options (one may occur twice), TAIL
    @fields A,B,C COMMAND      both replies must have lines beginning with A:, B: and C: (INFO)
    @hits COMMAND              the command, and then how many hits, misses and expiries both servers have counted for it
    @until REGEX COMMAND       repeats the command on each server until its raw reply matches, then goes on

    In commands, {id:N} and {addr:N} stand for client N's CLIENT ID and address, on each server its own.

    Modifiers of the next compared reply (they may be stacked):
    @unordered                 elements of the outermost array (or pairs of a map) are sorted first
    @deep-unordered            the same at every level
    @mask REGEX                every match becomes <masked>
    @type-only                 only the kind of the reply is compared
    @approx N                  positive integers may differ by N

Replies are compared after modification; the untouched bytes are what a difference prints.
"""
import re

from harness import resp

MODIFIERS = {"unordered", "deep-unordered", "mask", "type-only", "approx"}
STEPS = {"flush", "client", "close", "resp", "send", "raw", "async", "read", "expect-close", "blocked", "until",
         "repeat", "long", "orders", "fields", "hits"}
ESCAPES = {"n": b"\n", "r": b"\r", "t": b"\t", "b": b"\b", "a": b"\a"}


class ScriptError(Exception):
    """A line that is not in the format."""


def split_quoted(line):
    """Splits a line as redis-cli does: double quotes with escapes, single quotes with \\' only."""
    words, i, n = [], 0, len(line)
    while True:
        while i < n and line[i].isspace():
            i += 1
        if i >= n:
            return words
        word, quote = b"", None
        while i < n and (quote or not line[i].isspace()):
            c = line[i]
            if quote == '"' and c == "\\" and i + 1 < n:
                hexadecimal = re.match(r"x([0-9a-fA-F]{2})", line[i + 1:])
                if hexadecimal:
                    word += bytes([int(hexadecimal.group(1), 16)])
                    i += 4
                else:
                    word += ESCAPES.get(line[i + 1], line[i + 1].encode())
                    i += 2
                continue
            if quote == "'" and line.startswith("\\'", i):
                word += b"'"
                i += 2
                continue
            if quote == c:
                quote = None
                if i + 1 < n and not line[i + 1].isspace():
                    raise ScriptError("text after a closing quote")
            elif quote is None and c in "\"'" and not word:
                quote = c
            else:
                word += c.encode()
            i += 1
        if quote:
            raise ScriptError("unbalanced quotes")
        words.append(word)


class Step:
    """One thing to do at `line` of `path`, with the modifiers that apply to its reply."""

    __slots__ = ("line", "name", "text", "modifiers")

    def __init__(self, line, name, text, modifiers):
        self.line, self.name, self.text, self.modifiers = line, name, text, modifiers


def parse(path):
    """The steps of a script file."""
    steps, modifiers = [], []
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            name, text = "command", line
            if line.startswith("@"):
                name, _, text = line[1:].partition(" ")
                text = text.strip()
            if name in MODIFIERS:
                modifiers.append((name, text))
            elif name == "command" or name in STEPS:
                steps.append(Step(number, name, text, modifiers))
                modifiers = []
            else:
                raise ScriptError(f"{path}:{number}: unknown directive @{name}")
    return steps


def comparable(reply, modifiers):
    """What is compared of a reply, as bytes."""
    raw = None
    for name, text in modifiers:
        if name == "unordered":
            reply = _sorted(reply, deep=False)
        elif name == "deep-unordered":
            reply = _sorted(reply, deep=True)
        elif name == "type-only":
            raw = reply.kind
    if raw is None:
        raw = reply.raw()
    for name, text in modifiers:
        if name == "mask":
            raw = re.sub(text.encode(), b"<masked>", raw)
    return raw


def within(ours, theirs, modifiers):
    """Whether two comparable replies count as equal."""
    if ours == theirs:
        return True
    for name, text in modifiers:
        if name == "approx" and ours[:1] == theirs[:1] == b":":
            numbers = int(ours[1:]), int(theirs[1:])
            return min(numbers) > 0 and max(numbers) - min(numbers) <= int(text)
    return False



def _sorted(reply, deep):
    if reply.children is None:
        return reply
    children = [_sorted(child, deep) for child in reply.children] if deep else reply.children
    if reply.kind == b"%":
        pairs = sorted((children[i:i + 2] for i in range(0, len(children), 2)), key=lambda p: p[0].raw())
        children = [child for pair in pairs for child in pair]
    else:
        children = sorted(children, key=resp.Reply.raw)
    return resp.Reply(reply.header, children=children)
