@testable import LoadGenerator
import Testing

/// What a CSV says is what is replayed, and what it does not say is not made up.
@Suite struct CSVTraceTests {
    private static func trace(_ text: String) throws -> Trace { try Trace(Array(text.utf8), format: .csv) }

    @Test func operationsAreWhatTheyAreCalled() throws {
        let names = "get,gets,set,add,replace,cas,append,prepend,delete".split(separator: ",")
        let rows = names.enumerated().map { "0,k\($0),1,2,0,\($1),0\n" }.joined()
        let expected: [Trace.Operation] = [
            .read, .read, .write, .add, .replace, .write, .append, .append, .delete,
        ]
        #expect(try Self.trace(rows).accesses.map(\.operation) == expected)
    }

    /// An INCR of a value that is a text would fail, so all that is done to such an object keeps it a number.
    @Test func whatIsCountedIsANumber() throws {
        let trace = try Self.trace("time,key,op\n1,n,get\n2,n,set\n3,m,get\n4,n,incr\n5,n,DECR\n6,n,delete\n")
        let expected: [Trace.Operation] = [.readCounter, .writeCounter, .read, .increment, .decrement, .delete]
        #expect(trace.accesses.map(\.operation) == expected)
    }

    @Test func columnsWithoutAHeader() throws {
        #expect(try Self.trace("1,a,300\n2,b,5\n").accesses.map(\.size) == [300, 5])
        #expect(try Self.trace("1,7\n").accesses == [.init(key: 7)])
        #expect(try Self.trace("0,k,1,9,0,set\n").accesses[0].operation == .write)
    }

    @Test func quotesHoldAFieldTogether() throws {
        let trace = try Self.trace("\u{FEFF}time,key,size\n1,\"a,b\",30\n2,\"a,b\", \"40\"\n3,\"say \"\"a,b\"\"\",5\n")
        #expect(trace.accesses.map(\.size) == [30, 40, 5] && trace.distinctCount == 2)
    }

    @Test func namesThatLookLikeNumbersAreNames() throws {
        #expect(try Self.trace("1,7\n2,007\n3,1 2\n4,12\n").distinctCount == 4)
    }

    /// Beyond 64 bits a number is a name, and does not begin again from 0.
    @Test func largeNumbersAreTheirOwn() throws {
        #expect(try Self.trace("1,18446744073709551617,5\n2,1,5\n").distinctCount == 2)
        #expect(try Self.trace("1,18446744073709551615,5\n").accesses[0].key == .max)
    }

    @Test(arguments: [
        ("time,url,size\n1,a,2\n", 1), ("a,b\n", 1), ("1,k,2,3\n", 1), ("1\n", 1), ("1,k,9\n2,k\n", 2),
        ("1,k,9\n2,k,9,9\n", 2), ("time,key,op\n1,k,get\n\n2,k,touch\n", 4), ("1,k,big\n", 1), ("1,k,9\nnoon,k,9\n", 2),
        ("1,\"k,9\n", 1), ("1,,9\n", 1), ("1.x,k,9\n", 1), ("1,k,9\n,k,9\n", 2), ("time,key,op\n1,k,\n", 2),
        ("18446744073709551.999,k\n", 1), ("1,k\n18446744073709552,k\n", 2),
    ])
    func whatIsNotUnderstoodIsRefusedWithItsLine(text: String, line: Int) {
        let error = #expect(throws: Trace.ParseError.self) { try Self.trace(text) }
        #expect(error?.description.hasPrefix("line \(line): ") == true, "\(error.map(\.description) ?? "")")
    }

    @Test func whatHasNoSizeSaysNone() throws {
        #expect(try Self.trace("time,key,size\n1,k,\n2,k,-1\n3,k,0\n").accesses.map(\.size) == [-1, -1, 0])
    }

    @Test func eachOperationIsSent() throws {
        let server = try RecordingServer()
        let rows = [
            "get,a", "set,a", "add,b", "replace,b", "append,b", "prepend,b", "delete,a", "incr,n", "decr,n", "get,n",
            "set,n",
        ]
        let text = "op,key,size\n" + rows.map { "\($0),4\n" }.joined()
        var options = WorkloadOptions()
        (options.connections, options.expirySeconds, options.keyPrefix) = (1, 60, "p:")
        let test = try StandardWorkloads.replay(try Self.trace(text), name: "x", options)
        var runner = TestRunner(endpoint: server.endpoint, extent: Extent())
        runner.settings.backend = .epoll
        let result = try runner.run(test)
        #expect(result.failure == nil && result.requests == 11 && result.errors == 0)
        let sent = server.working.joined()
        #expect(sent.allSatisfy { $0[1].hasPrefix("p:") })
        let words = sent.map { ([$0[0]] + $0.dropFirst($0[0] == "SET" ? 3 : 2).suffix(3)).joined(separator: " ") }
        let shown = words.map { $0.hasPrefix("APPEND") ? "APPEND" : $0 }
        let expected = [
            "GET", "SET EX 60", "SET EX 60 NX", "SET EX 60 XX", "APPEND", "APPEND", "DEL", "INCR", "DECR", "GET",
            "SET EX 60",
        ]
        #expect(shown == expected)
        #expect(sent.last?[2] == "0")
    }

    @Test func aTraceOfReadsAndWritesHasTheirCommandsOnly() throws {
        let trace = Trace(accesses: [.init(key: 1)])
        let mix = try StandardWorkloads.replay(trace, name: "x", WorkloadOptions()).workload.groups[0].mix
        #expect(mix.map(\.template.name) == ["GET", "SET"])
    }

    @Test func appendedObjectsCannotBeChecked() throws {
        var options = WorkloadOptions()
        options.isChecked = true
        let trace = Trace(accesses: [.init(key: 1, operation: .append)])
        #expect(throws: CommandTemplate.ParseError.self) { try StandardWorkloads.replay(trace, name: "x", options) }
    }
}
