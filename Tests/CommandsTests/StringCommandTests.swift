// String commands: replies, errors, and what they do to expiry.

import Testing

@Suite struct StringCommandTests {
    let engine = CommandHarness()
    let wrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value"
    let notAnInteger = "-ERR value is not an integer or out of range"
    let syntax = "-ERR syntax error"

    @Test func setAndGet() {
        engine.expect("get k", "$-1")
        engine.expect("set k v", "+OK")
        engine.expect("get k", "$1 v")
        engine.expect("SET k ''", "+OK")
        engine.expect("gEt k", "$0 ")
        engine.expect("set k", "-ERR wrong number of arguments for 'set' command")
        let long = String(repeating: "x", count: 100_000)
        #expect(engine.run(words: ["set", "k", long]) == "+OK\r\n")
        #expect(engine.run("get k") == "$100000\r\n\(long)\r\n")
        engine.expect("strlen k", ":100000")
        engine.expect("set k short", "+OK")
        engine.expect("get k", "$5 short")
    }

    /// Values around the sizes at which they are referenced and framed, read between changes of all kinds.
    @Test(arguments: [16_000, 16_383, 16_384, 16_385, 40_000])
    func longValuesAreReadBetweenChanges(count: Int) {
        var value = String(repeating: "x", count: count)
        func expectValue() {
            for command in ["get k", "getrange k 0 -1", "getex k persist", "get k"] {
                #expect(engine.run(command) == "$\(value.utf8.count)\r\n\(value)\r\n")
            }
        }
        #expect(engine.run(words: ["set", "k", value]) == "+OK\r\n")
        expectValue()
        for suffix in ["y", String(repeating: "z", count: 1000)] {
            value += suffix
            #expect(engine.run(words: ["append", "k", suffix]) == ":\(value.utf8.count)\r\n")
            expectValue()
        }
        engine.expect("setrange k 3 abc", ":\(count + 1001)")
        value = "xxxabc" + value.dropFirst(6)
        expectValue()
        engine.expect("setrange k \(count + 1500) end", ":\(count + 1503)")
        value += String(repeating: "\0", count: 499) + "end"
        expectValue()
        #expect(engine.run("getdel k") == "$\(value.utf8.count)\r\n\(value)\r\n")
    }

    @Test func setConditions() {
        engine.expect("set k a xx", "$-1")
        engine.expect("set k a nx", "+OK")
        engine.expect("set k b nx", "$-1")
        engine.expect("set k b nx nx get", "$1 a")
        engine.expect("set k b xx get", "$1 a")
        engine.expect("set k c ifeq x", "$-1")
        engine.expect("set k c IFEQ b", "+OK")
        engine.expect("set k d ifeq x get", "$1 c")
        engine.expect("get k", "$1 c")
        engine.expect("set other d ifeq x get", "$-1")
        engine.expect("set other d get", "$-1")
        engine.expect("get other", "$1 d")
        for line in [
            "nx xx", "ifeq a nx", "ifeq a ifeq a", "ifeq", "foo", "ex 1 px 1", "ex", "keepttl ex 1", "persist",
        ] {
            engine.expect("set k v \(line)", syntax)
        }
    }

    @Test func setExpiry() {
        engine.expect("set k v ex 10", "+OK")
        engine.expect("ttl k", ":10")
        engine.expect("set k v keepttl keepttl", "+OK")
        engine.expect("pttl k", ":10000")
        engine.expect("set k v", "+OK")
        engine.expect("ttl k", ":-1")
        engine.expect("set k v px 1500 px 1400", "+OK")
        engine.expect("pttl k", ":1400")
        engine.nowMs += 1399
        engine.expect("get k", "$1 v")
        engine.nowMs += 1
        engine.expect("get k", "$-1")
        engine.expect("set k v exat 1700000010", "+OK")
        engine.expect("pexpiretime k", ":1700000010000")
        engine.expect("set k v pxat 1 get", "$1 v")
        engine.expect("exists k", ":0")
        engine.expect("set k v pxat 9223372036854775807", "+OK")
        engine.expect("ttl k", ":9223370336854774")
        for amount in ["ex 0", "px -1", "exat -5", "ex 9223372036854775807", "px 9223372036854775807"] {
            engine.expect("set k v \(amount)", "-ERR invalid expire time in 'set' command")
        }
        engine.expect("set k v ex a", notAnInteger)
        engine.expect("setex k 5 v", "+OK")
        engine.expect("ttl k", ":5")
        engine.expect("psetex k 5 v", "+OK")
        engine.expect("pttl k", ":5")
        engine.expect("setex k 0 v", "-ERR invalid expire time in 'setex' command")
        engine.expect("setex k a v", notAnInteger)
    }

    @Test func getAndChange() {
        engine.expect("getset k a", "$-1")
        engine.expect("expire k 10", ":1")
        engine.expect("getset k b", "$1 a")
        engine.expect("ttl k", ":-1")
        engine.expect("getex k ex 10", "$1 b")
        engine.expect("ttl k", ":10")
        engine.expect("getex k", "$1 b")
        engine.expect("getex k persist", "$1 b")
        engine.expect("ttl k", ":-1")
        engine.expect("getex k persist ex 10", syntax)
        engine.expect("getex none ex a", notAnInteger)
        engine.expect("getex k ex 0", "-ERR invalid expire time in 'getex' command")
        engine.expect("getex k exat 1", "$1 b")
        engine.expect("getdel k", "$-1")
        engine.expect("set k c", "+OK")
        engine.expect("getdel k", "$1 c")
        engine.expect("exists k", ":0")
        engine.expect("setnx k d", ":1")
        engine.expect("setnx k e", ":0")
        engine.expect("delifeq k e", ":0")
        engine.expect("delifeq k d", ":1")
        engine.expect("delifeq k d", ":0")
    }

    @Test func many() {
        engine.expect("mset a 1 b 2 a 3", "+OK")
        engine.expect("mget a b c", "*3 $1 3 $1 2 $-1")
        engine.expect("mset a 1 b", "-ERR wrong number of arguments for 'mset' command")
        engine.expect("msetnx a 9 z 9", ":0")
        engine.expect("exists z", ":0")
        engine.expect("msetnx y 9 z 9", ":1")
        engine.expect("msetex 2 a 5 b 6 ex 10 xx", ":1")
        engine.expect("ttl b", ":10")
        engine.expect("msetex 2 a 7 b 8 keepttl", ":1")
        engine.expect("ttl b", ":10")
        engine.expect("msetex 2 a 7 new 8 nx", ":0")
        engine.expect("msetex 2 a 7 new 8 xx", ":0")
        engine.expect("msetex 2 a 7", syntax)
        engine.expect("msetex 1 a b c d", syntax)
        engine.expect("msetex 1 a b nx xx", syntax)
        engine.expect("msetex 1073741824 a b", syntax)
        engine.expect("msetex 2147483648 a b", "-ERR invalid numkeys value or out of range")
        engine.expect("msetex 0 a b", "-ERR invalid numkeys value or out of range")
        engine.expect("msetex 1 a b ex 0", "-ERR invalid expire time in 'msetex' command")
        // More keys than one batch looks up ahead.
        let names = (0..<100).map { "key\($0)" }
        #expect(engine.run(words: ["mset"] + names.flatMap { [$0, "v\($0)"] }) == "+OK\r\n")
        let values = names.map { "$\($0.count + 1)\r\nv\($0)\r\n" }.joined()
        #expect(engine.run(words: ["mget"] + names) == "*100\r\n" + values)
        #expect(engine.run(words: ["exists"] + names + names) == ":200\r\n")
        #expect(engine.run(words: ["touch"] + names + ["none"]) == ":100\r\n")
        #expect(engine.run(words: ["del"] + names + names) == ":100\r\n")
    }

    @Test func counters() {
        engine.expect("incr k", ":1")
        engine.expect("expire k 10", ":1")
        engine.expect("incrby k 98", ":99")
        engine.expect("incr k", ":100")
        engine.expect("decrby k 200", ":-100")
        engine.expect("get k", "$4 -100")
        engine.expect("ttl k", ":10")
        engine.expect("decr none", ":-1")
        engine.expect("set k 9223372036854775807", "+OK")
        engine.expect("incr k", "-ERR increment or decrement would overflow")
        engine.expect("decrby k -9223372036854775808", "-ERR decrement would overflow")
        engine.expect("incrby k x", notAnInteger)
        for text in ["01", "+1", "' 1'", "1.0", "abc", "9223372036854775808", "''"] {
            engine.expect("set k \(text)", "+OK")
            engine.expect("incr k", notAnInteger)
        }
        engine.expect("set k 10.50", "+OK")
        engine.expect("incrbyfloat k 0.1", "$4 10.6")
        engine.expect("incrbyfloat k -5", "$3 5.6")
        engine.expect("incrbyfloat fresh 3.0e3", "$4 3000")
        engine.expect("incrbyfloat k abc", "-ERR value is not a valid float")
        engine.expect("incrbyfloat k inf", "-ERR increment would produce NaN or Infinity")
    }

    @Test func parts() {
        engine.expect("append k Hello", ":5")
        engine.expect("append k ' World'", ":11")
        engine.expect("getrange k 0 4", "$5 Hello")
        engine.expect("getrange k -5 -1", "$5 World")
        engine.expect("getrange k 5 3", "$0 ")
        engine.expect("getrange k 0 100", "$11 Hello World")
        engine.expect("getrange k -100 0", "$1 H")
        engine.expect("getrange k -100 -100", "$1 H")
        engine.expect("getrange k -100 -101", "$0 ")
        engine.expect("substr k 0 -1", "$11 Hello World")
        engine.expect("getrange none 0 -1", "$0 ")
        engine.expect("getrange k a 1", notAnInteger)
        engine.expect("setrange k 6 Redis", ":11")
        engine.expect("get k", "$11 Hello Redis")
        engine.expect("setrange k 0 ''", ":11")
        engine.expect("setrange none 5 ''", ":0")
        engine.expect("exists none", ":0")
        #expect(engine.run("setrange pad 3 x") == ":4\r\n")
        #expect(engine.run("get pad") == "$4\r\n\0\0\0x\r\n")
        engine.expect("setrange k -1 x", "-ERR offset is out of range")
        engine.expect(
            "setrange k 536870912 x", "-ERR string exceeds maximum allowed size (proto-max-bulk-len)")
        engine.expect("setrange k 300 end", ":303")
        engine.expect("strlen k", ":303")
        engine.expect("getrange k 0 4", "$5 Hello")
        engine.expect("append k !", ":304")
        engine.keyspace.settings.stringBytesMax = 305
        engine.expect("append k ab", "-ERR string exceeds maximum allowed size (proto-max-bulk-len)")
        engine.expect("append k a", ":305")
    }
}
