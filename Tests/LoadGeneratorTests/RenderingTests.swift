import Memory
import Testing

@testable import LoadGenerator

@Suite struct RenderingTests {
    @Test func literalCommand() throws {
        #expect(try render("SET a 'b c'") == "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$3\r\nb c\r\n")
    }

    @Test func fixedWidthSlots() throws {
        let expected = "*2\r\n$3\r\nGET\r\n$16\r\nkey:000000000000\r\n*2\r\n$3\r\nGET\r\n$16\r\nkey:000000000001\r\n"
        #expect(try render("GET {key}", count: 2) == expected)
        #expect(try render("GET {keynum}") == "*2\r\n$3\r\nGET\r\n$12\r\n000000000000\r\n")
    }

    @Test func sameKeyRepeatsAcrossABlock() throws {
        let text = try render("MULTI ; INCR {key} ; GET {samekey} ; EXEC", popularity: .uniform, seed: 7)
        let keys = text.split(separator: "\r\n").filter { $0.hasPrefix("key:") }
        #expect(keys.count == 2 && keys[0] == keys[1])
        #expect(count(Array(text.utf8)).replies == 4)
    }

    @Test func integersStayBelowTheKeyCount() throws {
        let text = try render("GET __rand_int__", count: 500, keyCount: 10)
        let numbers = text.split(separator: "\r\n").compactMap { $0.count == 12 ? Int($0) : nil }
        #expect(numbers.count == 500)
        #expect(numbers.allSatisfy { (0..<10).contains($0) })
        #expect(Set(numbers).count == 10)
    }

    /// All of one name are the same in a request, others and those of the next request are drawn anew.
    @Test(arguments: ["x", "{value:1-9}"]) func sharedIntegers(varying: String) throws {
        let text = try render(
            "MSET __rand_1st__ __rand_2nd__ __rand_1st__ \(varying) ; GET __rand_9th__:__rand_2nd__ ; GET __rand_9th__",
            count: 100, keyCount: 1_000_000)
        var seen = Set<Substring>()
        let words = text.split(separator: "\r\n")
        for request in 0..<100 {
            let start = request * 21
            let first = words[start + 4], second = words[start + 6], ninth = words[start + 20]
            #expect(words[start + 8] == first && words[start + 15] == "\(ninth):\(second)", "request \(request)")
            seen.formUnion([first, second, ninth])
        }
        #expect(seen.count > 290)
    }

    /// As redis-benchmark sends a command without -r.
    @Test func withoutAKeyRangeTheBenchmarksPlaceholdersStay() throws {
        let template = try CommandTemplate(line: "SET k:__rand_int__ __rand_9th__{int}__rand_1st__")
        let plain = try CommandTemplate(line: "SET k:{int} x").withoutKeyRange
        #expect(plain == (try CommandTemplate(line: "SET k:{int} x")))
        var options = WorkloadOptions()
        for keyCount in [nil, 10] as [UInt64?] {
            options.keyCount = keyCount
            let group = options.group([WeightedTemplate(template)])
            let literals = group.mix[0].template.commands[0].flatMap { $0 }.filter { part in
                if case .literal(let bytes) = part { bytes.starts(with: Array("__rand_".utf8)) } else { false }
            }
            #expect(literals.count == (keyCount == nil ? 3 : 0))
        }
    }

    @Test func lengthsOfVaryingArgumentsAreRight() throws {
        for seed in 1...20 as ClosedRange<UInt64> {
            let text = try render(
                "HSET h:{key}:{rand:0-12345} f{rand:5-5} a{value:0-300}b", count: 50, popularity: .uniform, seed: seed)
            // A wrong length would throw the count off.
            let counts = count(Array(text.utf8))
            #expect(counts.replies == 50 && counts.errors == 0, "seed \(seed)")
            #expect(text.contains("$2\r\nf5\r\n"), "seed \(seed)")
        }
    }

    /// Each value of an argument begins where its own field says, not where the last one does.
    @Test func severalValuesOfAnArgumentAreTheirFields() throws {
        func words(_ line: String) throws -> [Substring] {
            try render(line, sizes: .uniform(20...40), checked: true).split(separator: "\r\n")
        }
        let joined = try words("SET {key} {fieldvalue:1}{fieldvalue:2}")
        let apart = try words("SET {key} {fieldvalue:1} {fieldvalue:2}")
        #expect(joined.count == 7 && apart.count == 9 && joined[6] == apart[6] + apart[8])
    }

    /// However unequal the shares of those who count together are.
    @Test func sequencesHaveNoGaps() throws {
        let sequences = Sequences()
        for (name, width) in [("seq", 12), ("unique", 20), ("key", 16)] {
            var seen: [UInt64] = []
            for count in [3, 10, 17] {
                let text = try render("ECHO {\(name)}", count: count, sequences: sequences)
                for word in text.split(separator: "\r\n") where word.count == width {
                    seen.append(UInt64(word.suffix(12))!)
                }
            }
            #expect(seen == Array(0..<30), "\(name)")
        }
    }

    @Test func streamsHaveNoWordInCommon() {
        let words = (0..<64 as Range<UInt64>).flatMap { stream in
            let state = RandomSource(seed: 5, stream: stream).state
            return [state.0, state.1, state.2, state.3]
        }
        #expect(Set(words).count == words.count)
    }

    @Test func runsAndGroupsBeginUniqueNumbersElsewhere() {
        func begin(_ control: RunControl) -> [UInt64] { control.sequences.map { $0.nextUnique() } }
        let numbers = begin(RunControl(requests: nil, groups: 2)) + begin(RunControl(requests: nil, groups: 2))
        #expect(Set(numbers).count == 4)
    }

    @Test func checkedValuesDependOnTheKeyAlone() throws {
        // Ten keys in turn, twice: unchecked values would be others the second time.
        for (sizes, isChecked) in [(.uniform(1...50), true), (.fixed(40), true), (.fixed(40), false)]
            as [(SizeDistribution, Bool)]
        {
            let text = try render("SET {key} {value}", count: 20, sizes: sizes, keyCount: 10, checked: isChecked)
            let requests = text.split(separator: "*3\r\n")
            #expect(requests.count == 20 && (requests[..<10] == requests[10...]) == isChecked)
        }
    }

    @Test func newKeysLieAboveTheKeyCount() throws {
        let text = try render("SET {newkey} x", count: 2, keyCount: 100)
        #expect(text.contains("key:000000000100") && text.contains("key:000000000101"))
    }

    @Test func inlineCommands() throws {
        var template = try CommandTemplate(line: "PING")
        template.isInline = true
        let encoded = try EncodedTemplate(template, sizes: .fixed(1), keyPrefix: [])
        #expect(encoded.fixedCount == 6 && encoded.replyCount == 1)
    }

    @Test func bracesThatAreNoPlaceholdersStay() throws {
        #expect(try render("GET {tag}x").contains("$6\r\n{tag}x"))
        #expect(try render("GET {{key}").contains("$5\r\n{key}"))
        #expect(try render("GET {{rand:9}").contains("$8\r\n{rand:9}"))
        // A script's tables.
        #expect(try render("EVAL 'return {{1,2},{3}}' 0").contains("$18\r\nreturn {{1,2},{3}}\r\n"))
        #expect(try render("GET {{").contains("$2\r\n{{\r\n"))
    }

    /// What is written for a key in a trace, of whatever size, and in the fields of a record, is known to who reads it.
    @Test func checkedRepliesOfManyShapes() {
        let pool = ValuePool(seed: 1)
        let renderer = Renderer(
            popularity: .sequential, keyCount: 9, sizes: .fixed(8), pool: pool, isChecked: true, seed: 1)
        func value(_ count: Int, field: UInt64 = 0) -> [UInt8] {
            [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
                let offset = ValuePool.shape(ofKey: 5, field: field, sizes: .fixed(8)).offset
                pool.copy(to: buffer.baseAddress!, offset: offset, count: count)
                used = count
            }
        }
        func bulk(_ bytes: [UInt8]) -> [UInt8] { Array("$\(bytes.count)\r\n".utf8) + bytes + [13, 10] }
        func isValue(_ reply: [UInt8], anyLength: Bool = false) -> Bool {
            reply.withUnsafeBufferPointer { renderer.isExpected($0, key: 5, ofAnyLength: anyLength) }
        }
        #expect(isValue(bulk(value(8))) && !isValue(bulk(value(7))) && isValue(bulk(value(7)), anyLength: true))
        #expect(!isValue(bulk(value(7).reversed()), anyLength: true) && !isValue([UInt8]("$x\r\n".utf8)))
        func field(_ number: UInt64) -> [UInt8] { bulk([UInt8]("field\(number)".utf8)) }
        func isRecord(_ head: String, _ fields: [UInt64], mayBeNone: Bool = true, width: Int = 8) -> Bool {
            let reply = [UInt8](head.utf8) + fields.flatMap { field($0) + bulk(value(width, field: $0 + 1)) }
            return reply.withUnsafeBufferPointer {
                renderer.isExpectedRecord($0, key: 5, fields: 2, mayBeNone: mayBeNone)
            }
        }
        #expect(isRecord("*4\r\n", [0, 1]) && isRecord("%2\r\n", [1, 0]) && isRecord("*0\r\n", []))
        #expect(!isRecord("*0\r\n", [], mayBeNone: false) && !isRecord("*4\r\n", [0, 1], width: 7))
        // One that is missing, one twice, one too many, and an unknown one.
        #expect(!isRecord("*2\r\n", [0]) && !isRecord("*4\r\n", [0, 0]) && !isRecord("*6\r\n", [0, 1, 2]))
        #expect(!isRecord("*4\r\n", [0, 70]))
        let swapped = field(0) + bulk(value(8, field: 2)) + field(1) + bulk(value(8, field: 1))
        #expect(!([UInt8]("*4\r\n".utf8) + swapped).withUnsafeBufferPointer {
            renderer.isExpectedRecord($0, key: 5, fields: 2)
        })
    }

    @Test func mistakesAreRefused() {
        #expect(throws: CommandTemplate.ParseError.self) { try CommandTemplate(line: "GET 'a") }
        #expect(throws: CommandTemplate.ParseError.self) { try CommandTemplate(line: "GET a ; ; GET b") }
        #expect(throws: CommandTemplate.ParseError.self) { try CommandTemplate(line: "GET {rand:9-1}") }
        #expect(throws: CommandTemplate.ParseError.self) { try CommandTemplate(line: "SET a {value:-3}") }
        #expect(throws: CommandTemplate.ParseError.self) { try CommandTemplate(line: "") }
    }

    @Test func patternsTakeTheirOptions() throws {
        var options = WorkloadOptions()
        (options.expirySeconds, options.sizes) = (60, .fixed(9))
        let session = try StandardWorkloads.pattern("session", options).workload.groups[0].mix[1].template
        #expect(session.commands[1].last == [.literal(Array("60".utf8))])
        let queue = try StandardWorkloads.pattern("queue", options).workload.groups[0].mix[0].template
        #expect(queue.commands[0].last == [.slot(.time), .slot(.value(nil))])
    }

    @Test func everyStandardWorkloadIsWellFormed() throws {
        var options = WorkloadOptions()
        for keyCount in [nil, 100] as [UInt64?] {
            options.keyCount = keyCount
            var tests: [Test] = []
            for name in StandardWorkloads.testNames { tests.append(try StandardWorkloads.test(name, options)) }
            for name in StandardWorkloads.ycsbNames { tests.append(try StandardWorkloads.ycsb(name, options)) }
            for name in StandardWorkloads.patternNames { tests.append(try StandardWorkloads.pattern(name, options)) }
            for test in tests {
                for group in test.workload.groups {
                    for entry in group.mix {
                        let encoded = try EncodedTemplate(
                            entry.template, sizes: group.sizes, keyPrefix: group.keyPrefix)
                        #expect(encoded.replyCount == entry.template.commands.count)
                    }
                }
            }
        }
    }

    typealias Test = LoadGenerator.Test

    @Test func scoresDependOnTheKeyAloneAndKeepTwelveDigits() throws {
        let words = try render("ZADD b {score} {samekey}", count: 2000, keyCount: 2000).split(separator: "\r\n")
        let scores = words.filter { $0.count == 12 }
        #expect(scores.count == 2000)
        for (key, word) in scores.enumerated() {
            #expect(UInt64(word) == Renderer.score(ofKey: UInt64(key)))
        }
    }

    @Test(arguments: [1, 16, 5000]) func batchesAreWhatSingleRequestsAre(count: Int) throws {
        let template = try EncodedTemplate(
            CommandTemplate(line: "SET {key} {value:7}"), sizes: .fixed(3), keyPrefix: Array("key:".utf8))
        func renderer() -> Renderer {
            Renderer(popularity: .uniform, keyCount: 1 << 40, sizes: .fixed(3), pool: ValuePool(seed: 1), seed: 1)
        }
        var one = renderer()
        var many = renderer()
        var single = OutputBuffer()
        var batch = OutputBuffer()
        for _ in 0..<count { one.render(template, into: &single) }
        many.render(template, count: count, into: &batch)
        #expect(single.copiedBytes() == batch.copiedBytes())
    }
}
