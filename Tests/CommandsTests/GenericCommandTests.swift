// Commands about keys whatever they hold.

import Testing

@Suite struct GenericCommandTests {
    let engine = CommandHarness()

    @Test func existence() {
        engine.expect("mset a 1 b 2 c 3", "+OK")
        engine.expect("exists a a b none", ":3")
        engine.expect("type a", "+string")
        engine.expect("type none", "+none")
        engine.expect("touch a none", ":1")
        engine.expect("unlink a none", ":1")
        engine.expect("del b b c", ":2")
        engine.expect("dbsize", ":0")
    }

    @Test func expiry() {
        engine.expect("expire k 10", ":0")
        engine.expect("set k v", "+OK")
        engine.expect("ttl k", ":-1")
        engine.expect("ttl none", ":-2")
        engine.expect("expiretime k", ":-1")
        engine.expect("expire k 10 xx", ":0")
        engine.expect("expire k 10 gt", ":0")
        engine.expect("expire k 10 lt", ":1")
        engine.expect("expire k 20 lt", ":0")
        engine.expect("expire k 20 XX GT", ":1")
        engine.expect("expire k 30 nx", ":0")
        engine.expect("expiretime k", ":1700000020")
        engine.expect("pexpireat k 1700000005499", ":1")
        engine.expect("ttl k", ":5")
        engine.expect("expireat k 1700000007", ":1")
        engine.expect("pttl k", ":7000")
        engine.expect("pexpire k 2500", ":1")
        engine.expect("ttl k", ":3")
        engine.expect("persist k", ":1")
        engine.expect("persist k", ":0")
        engine.expect("expire k -1", ":1")
        engine.expect("exists k", ":0")
    }

    @Test func expiryErrors() {
        let nx = "-ERR NX and XX, GT or LT options at the same time are not compatible"
        engine.expect("expire none 10 nx xx", nx)
        engine.expect("expire none 10 nx gt", nx)
        engine.expect("expire none 10 gt lt", "-ERR GT and LT options at the same time are not compatible")
        engine.expect("expire none 10 foo", "-ERR Unsupported option foo")
        engine.expect("expire none a", "-ERR value is not an integer or out of range")
        engine.expect("expire none 9223372036854775807", "-ERR invalid expire time in 'expire' command")
        engine.expect("expire none -9223372036854775808", "-ERR invalid expire time in 'expire' command")
        engine.expect("pexpire none 9223372036854775807", "-ERR invalid expire time in 'pexpire' command")
        engine.expect("pexpireat none 9223372036854775807", ":0")
    }

    @Test func activeExpiry() {
        engine.expect("set a v px 100", "+OK")
        engine.expect("set b v px 300", "+OK")
        // Of the 100 ms within which a due key goes, 50 are housekeeping's.
        engine.nowMs += 150
        engine.expireDue()
        engine.expect("dbsize", ":1")
        engine.nowMs += 200
        engine.expireDue()
        engine.expect("dbsize", ":0")
        #expect(engine.keyspace.invariants() == nil)
    }

    @Test func rename() {
        engine.expect("rename a b", "-ERR no such key")
        engine.expect("rename a a", "-ERR no such key")
        engine.expect("set a 1 ex 10", "+OK")
        engine.expect("set b 2", "+OK")
        engine.expect("renamenx a b", ":0")
        engine.expect("renamenx a a", ":0")
        engine.expect("rename a a", "+OK")
        engine.expect("rename a b", "+OK")
        engine.expect("get b", "$1 1")
        engine.expect("ttl b", ":10")
        engine.expect("exists a", ":0")
        engine.expect("renamenx b c", ":1")
        engine.expect("renamenx b c", "-ERR no such key")
        #expect(engine.keyspace.invariants() == nil)
    }

    @Test(arguments: [1, 2]) func scanFindsEveryKey(workers: Int) {
        let engine = CommandHarness(workers: workers)
        var expected: Set<String> = []
        for number in 0..<500 {
            engine.expect("set key\(number) v", "+OK")
            expected.insert("key\(number)")
        }
        var found: Set<String> = []
        var cursor = "0"
        repeat {
            let reply = engine.run("scan \(cursor) count 7 match k* type string")
                .split(separator: "\r\n").map(String.init)
            cursor = reply[2]
            found.formUnion(reply.dropFirst(4).filter { !$0.hasPrefix("$") })
        } while cursor != "0"
        #expect(found == expected)
        engine.expect("scan 0 count 1000 type zset", "*2 $1 0 *0")
        let all = engine.run("keys *").split(separator: "\r\n")
        #expect(all.first == "*500")
        engine.expect("keys key499", "*1 $6 key499")
        #expect(engine.run("randomkey").contains("key"))
        engine.expect("flushdb", "+OK")
        engine.expect("keys *", "*0")
        engine.expect("randomkey", "$-1")
    }

    @Test func scanErrors() {
        engine.expect("scan a", "-ERR invalid cursor")
        engine.expect("scan -1", "-ERR invalid cursor")
        engine.expect("scan 18446744073709551616", "-ERR invalid cursor")
        engine.expect("scan 0 count 0", "-ERR syntax error")
        engine.expect("scan 0 count x", "-ERR value is not an integer or out of range")
        engine.expect("scan 0 match", "-ERR syntax error")
        engine.expect("scan 0 type foo", "-ERR unknown type name 'foo'")
        engine.expect("scan 0 novalues", "-ERR NOVALUES option can only be used in HSCAN")
    }

    @Test func flush() {
        engine.expect("set a 1 ex 5", "+OK")
        engine.database.index = 1
        engine.expect("set a 2", "+OK")
        engine.expect("flushdb sync", "+OK")
        engine.expect("dbsize", ":0")
        engine.database.index = 0
        engine.expect("dbsize", ":1")
        engine.expect("flushall async", "+OK")
        engine.expect("dbsize", ":0")
        engine.expect("flushall now", "-ERR syntax error")
        engine.expect("flushdb async sync", "-ERR syntax error")
        #expect(engine.keyspace.invariants() == nil)
    }

    @Test func databases() {
        engine.expect("set a 1 ex 10", "+OK")
        engine.expect("move a 99", "-ERR DB index is out of range")
        engine.expect("move a 0", "-ERR source and destination objects are the same")
        engine.expect("move a 1", ":1")
        engine.expect("move a 1", ":0")
        engine.expect("set a 2", "+OK")
        engine.expect("move a 1", ":0")
        engine.database.index = 1
        engine.expect("ttl a", ":10")
        engine.expect("swapdb 0 1", "+OK")
        engine.expect("get a", "$1 2")
        engine.database.index = 0
        engine.expect("get a", "$1 1")
        engine.expect("swapdb x 1", "-ERR invalid first DB index")
        engine.expect("swapdb 0 x", "-ERR invalid second DB index")
        engine.expect("swapdb 0 99", "-ERR DB index is out of range")
        #expect(engine.keyspace.invariants() == nil)
        #expect(engine.keyspace.expiringCount(inDatabase: 0) == 1)
    }

    @Test func object() {
        engine.expect("set k 12", "+OK")
        engine.expect("object encoding k", "$3 int")
        engine.expect("set k abc", "+OK")
        engine.expect("object encoding k", "$6 embstr")
        engine.expect("append k \(String(repeating: "x", count: 200))", ":203")
        engine.expect("object encoding k", "$3 raw")
        engine.expect("object encoding none", "$-1")
        engine.expect("object refcount k", ":1")
        engine.nowMs += 10_000
        engine.expect("object idletime k", ":10")
        engine.expect("get none", "$-1")
        engine.expect("touch k", ":1")
        engine.expect("object idletime k", ":0")
        // The access clock may be late by a second, not by more, however often the key is read.
        for _ in 0..<40 {
            engine.nowMs += 128
            engine.expect("touch k", ":1")
            let idle = engine.run("object idletime k")
            #expect(idle == ":0\r\n" || idle == ":1\r\n")
        }
        engine.nowMs += 1024
        engine.expect("touch k", ":1")
        engine.expect("object idletime k", ":0")
        engine.expect("object freq none", "$-1")
        #expect(engine.run("object help").hasPrefix("*11\r\n+OBJECT <subcommand>"))
    }

    @Test func copy() {
        engine.expect("copy none b", ":0")
        engine.expect("set a 1 ex 10", "+OK")
        engine.expect("copy a a", "-ERR source and destination objects are the same")
        engine.expect("copy a b", ":1")
        engine.expect("copy a b", ":0")
        engine.expect("ttl b", ":10")
        engine.expect("incr b", ":2")
        engine.expect("get a", "$1 1")
        engine.expect("copy a b replace db 0", ":1")
        engine.expect("get b", "$1 1")
        engine.expect("copy a b db 99", "-ERR DB index is out of range")
        engine.expect("copy a b db x", "-ERR value is not an integer or out of range")
        engine.expect("copy a a db 1", ":1")
        engine.expect("zadd z 1 x 2 y", ":2")
        engine.expect("copy z w", ":1")
        engine.expect("zadd z 3 x", ":0")
        engine.expect("zrange w 0 -1 withscores", "*4 $1 x $1 1 $1 y $1 2")
        // A long string is shared until one of the two changes.
        let long = String(repeating: "x", count: 50_000)
        #expect(engine.run(words: ["set", "long", long]) == "+OK\r\n")
        engine.expect("copy long other", ":1")
        engine.expect("append long y", ":50001")
        engine.expect("setrange other 0 z", ":50000")
        engine.expect("getrange long 49998 -1", "$3 xxy")
        engine.expect("getrange other 0 2", "$3 zxx")
        engine.expect("flushall", "+OK")
        #expect(engine.keyspace.invariants() == nil)
    }
}
