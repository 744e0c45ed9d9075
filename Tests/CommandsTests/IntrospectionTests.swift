import Memory
import RESP
import Testing

@testable import Commands

@Suite struct IntrospectionTests {
    @Test func informationHasTenFields() {
        let (harness, _) = CommandHarness.withServer()
        harness.expect(
            "COMMAND INFO get",
            "*1 *10 $3 get :2 *2 +readonly +fast :1 :1 :1 *3 +@read +@string +@fast *0 *1 *6 $5 flags *2 +RO +access "
                + "$12 begin_search *4 $4 type $5 index $4 spec *2 $5 index :1 "
                + "$9 find_keys *4 $4 type $5 range $4 spec *6 $7 lastkey :0 $7 keystep :1 $5 limit :0 *0")
        harness.expect("COMMAND INFO nosuch get|x client|nosuch", "*3 $-1 $-1 $-1")
        harness.version = .resp3
        harness.expect(
            "COMMAND INFO CLIENT|ID",
            "*1 *10 $9 client|id :2 ~4 +noscript +loading +stale +allow_busy :0 :0 :0 ~2 +@slow +@connection ~0 ~0 *0")
        harness.expect("COMMAND INFO nosuch", "*1 _")
    }

    @Test func documentationIsAMapOfMaps() {
        let (harness, _) = CommandHarness.withServer()
        harness.version = .resp3
        harness.expect("COMMAND DOCS nosuch", "%0")
        harness.expect(
            "COMMAND DOCS echo nosuch",
            "%1 $4 echo %5 $7 summary $25 Returns the given string. $5 since $5 1.0.0 $5 group $10 connection "
                + "$10 complexity $4 O(1) $9 arguments *1 %3 $4 name $7 message $4 type $6 string "
                + "$12 display_text $7 message")
    }

    @Test func wholeTableCanBeDescribed() {
        let (harness, _) = CommandHarness.withServer()
        let roots = harness.table.records.filter { $0.container == nil }.count
        for version in [ProtocolVersion.resp2, .resp3] {
            harness.version = version
            #expect(harness.run("COMMAND").hasPrefix("*\(roots)\r\n"))
            #expect(harness.run("COMMAND INFO").hasPrefix("*\(roots)\r\n"))
            #expect(harness.run("COMMAND DOCS").hasPrefix(version == .resp2 ? "*\(2 * roots)\r\n" : "%\(roots)\r\n"))
            // The list alone tells subcommands as well.
            #expect(harness.run("COMMAND LIST").hasPrefix("*\(harness.table.records.count)\r\n"))
            harness.expect("COMMAND COUNT", ":\(roots)")
        }
    }

    @Test func lists() {
        let (harness, _) = CommandHarness.withServer()
        harness.expect("COMMAND LIST FILTERBY PATTERN CLIENT|k*", "*1 $11 client|kill")
        harness.expect("COMMAND LIST FILTERBY MODULE lua", "*0")
        harness.expect("COMMAND LIST FILTERBY ACLCAT nosuch", "*0")
        harness.expect("COMMAND LIST FILTERBY FOO x", "-ERR syntax error")
        harness.expect("COMMAND LIST FILTERBY PATTERN", "-ERR syntax error")
        harness.expect("COMMAND LIST x", "-ERR syntax error")
        #expect(harness.run("COMMAND LIST FILTERBY ACLCAT DANGEROUS").contains("\r\nconfig|set\r\n"))
    }

    /// What the dispatcher locks by is what the specs say, for requests of any length that a command may have.
    @Test func fixedKeysAreAllKeys() {
        let (harness, _) = CommandHarness.withServer()
        var names: Set<String> = []
        for record in harness.table.records where harness.table.routes[record.index].fixedKeys.areAll {
            let arity = record.spec.arity, keys = harness.table.routes[record.index].fixedKeys
            for count in abs(arity)...(arity < 0 ? abs(arity) + 5 : arity) {
                harness.withArguments([record.spec.name] + Array(repeating: "a", count: count - 1)) { arguments in
                    let told = record.spec.keyIndexes(in: arguments)?.map(\.index)
                    #expect(told == Array(keys.indexes(among: count)), "\(record.fullName) of \(count)")
                }
            }
            if keys.first > 0 { names.insert(record.fullName) }
        }
        #expect(names.isSuperset(of: ["get", "mget", "mset", "del", "rename", "bzpopmin", "zrangestore"]))
        #expect(names.isDisjoint(with: ["zunionstore", "zunion", "zinter"]))
    }

    @Test func keysOfCalls() {
        let (harness, _) = CommandHarness.withServer()
        harness.expect("COMMAND GETKEYS get a", "*1 $1 a")
        harness.expect("COMMAND GETKEYS get", "-ERR Invalid number of arguments specified for command")
        harness.expect("COMMAND GETKEYS nosuch a", "-ERR Invalid command specified")
        harness.expect("COMMAND GETKEYS config nosuch a", "-ERR Invalid command specified")
        harness.expect("COMMAND GETKEYS ping", "-ERR The command has no key arguments")
        harness.expect("COMMAND GETKEYS zunionstore d 2 a b", "*3 $1 d $1 a $1 b")
        harness.expect("COMMAND GETKEYS zunionstore d 0 a", "-ERR Invalid arguments specified for command")
        harness.expect("COMMAND GETKEYS zunion 5 a", "-ERR Invalid arguments specified for command")
        harness.expect("COMMAND GETKEYS zunion x a", "-ERR Invalid arguments specified for command")
        harness.expect(
            "COMMAND GETKEYSANDFLAGS zunionstore d 1 a",
            "*2 *2 $1 d *2 +OW +update *2 $1 a *2 +RO +access")
    }

    /// What the flags imply is not written into the specs a second time, and vice versa.
    @Test func categoriesFollowFromFlags() {
        let table = CommandTable(dataCommands)
        for record in table.records {
            let all = record.spec.allCategories
            #expect(all.contains(.fast) != all.contains(.slow), "\(record.fullName)")
            #expect(record.spec.categories.isDisjoint(with: [.fast, .slow, .read, .write]), "\(record.fullName)")
            if record.spec.flags.contains(.admin) { #expect(all.isSuperset(of: [.admin, .dangerous])) }
        }
    }

    /// Names are the configuration's to give; all else still calls a command by its own.
    @Test func renamedCommandsAreFoundByTheirNewNames() {
        let long = "b840fc02d524045429941cc15f59e41cb7be6c52"
        let names = ["fetch": "get", "get": "set", long: "config", "x\0": "del", "mget": "mget"]
        let table = CommandTable(
            dataCommands, names: Dictionary(uniqueKeysWithValues: names.map { (Array($0.key.utf8), $0.value) }))
        func found(_ name: String) -> String? {
            table.find(fullName: ByteView(name.utf8.span)).map { table.records[$0].fullName }
        }
        #expect(found("fETCH") == "get" && found("get") == "set" && found("set") == nil)
        #expect(found(long.uppercased()) == "config" && found(long + "|GET") == "config|get")
        #expect(found("config") == nil && found("config|get") == nil)
        #expect(found(String(long.dropLast())) == nil && found(long + "0") == nil)
        #expect(found("flushall") == nil && found("") == nil && found("x\0") == "del" && found("x") == nil)
        #expect(found("mget") == "mget")
        let reachable = table.reachable.filter { $0.container == nil }.map(\.fullName)
        #expect(Set(reachable) == ["get", "set", "config", "del", "mget"])
        #expect(table.reachable.contains { $0.fullName == "config|set" })
        #expect(!table.reachable.contains { $0.fullName == "client|list" })
    }

    @Test func helpPagesAreLines() {
        let (harness, _) = CommandHarness.withServer()
        for container in ["CLIENT", "COMMAND", "CONFIG"] {
            let page = harness.run("\(container) HELP")
            #expect(page.contains("+\(container) <subcommand> [<arg> [value] [opt] ...]. Subcommands are:\r\n"))
            #expect(page.hasSuffix("+HELP\r\n+    Print this help.\r\n"))
            #expect(harness.run("\(container.lowercased()) HELP") == page)
        }
    }

    @Test func digestTellsValueAndWhetherItExpires() {
        let (harness, _) = CommandHarness.withServer()
        harness.expect("set a v", "+OK")
        let plain = harness.run("debug digest-value a")
        harness.expect("expire a 100", ":1")
        let expiring = harness.run("debug digest-value a")
        harness.expect("expire a 200", ":1")
        #expect(expiring != plain && harness.run("debug digest-value a") == expiring)
        harness.expect("set b v", "+OK")
        #expect(harness.run("debug digest-value b") == plain)
    }
}
