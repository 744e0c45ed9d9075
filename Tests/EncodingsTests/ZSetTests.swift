// The large sorted set's agreement between list and table, and the bytes of the small one.

import CEncodings
import Testing

private func hash(_ bytes: [UInt8]) -> UInt64 { apus_hash(bytes, bytes.count) }

@Suite struct ZSetTests {
    @Test func listAndTableAgree() {
        let set = apus_zset_create(1)
        for i in 0..<2000 {
            let member = Array("member:\(i)".utf8)
            apus_zset_insert(set, hash(member), Double(i % 37), member, UInt32(member.count))
            if i % 50 == 0 { #expect(apus_zset_invariants(set) == nil) }
        }
        for i in stride(from: 0, to: 2000, by: 3) {
            let member = Array("member:\(i)".utf8)
            let record = apus_zset_find(set, hash(member), member, UInt32(member.count))
            #expect(record != nil)
            if i % 2 == 0 { apus_zset_remove(set, hash(member), record!) } else { apus_zset_update(set, record!, -1) }
            if i % 50 == 0 { #expect(apus_zset_invariants(set) == nil) }
        }
        #expect(apus_zset_count(set) == 2000 - 334)
        #expect(apus_zset_remove_ranks(set, 100, 500) == 500)
        #expect(apus_zset_invariants(set) == nil)
        #expect(apus_zset_remove_ranks(set, 1100, 500) == 66)
        #expect(apus_zset_invariants(set) == nil)
        #expect(apus_zset_count(set) == 1100)
        apus_zset_free(set)
    }

    @Test func emptySet() {
        let set = apus_zset_create(1)
        #expect(apus_zset_invariants(set) == nil)
        #expect(apus_zset_remove_ranks(set, 0, 10) == 0)
        #expect(apus_zset_bytes(set) < 1024)
        apus_zset_free(set)
    }

    /// The bytes that Valkey 9.1.2's DUMP shows for ZADD z -0 a -0.5 b 3.0 h 1e300 g inf i.
    @Test func packedBytesAreThoseOfValkey() {
        var listpack = apus_listpack_new()
        for (member, score) in [("i", Double.infinity), ("a", -0.0), ("h", 3), ("g", 1e300), ("b", -0.5)] {
            #expect(apus_zpack_insert(&listpack, score, Array(member.utf8), 1))
            #expect(apus_zpack_invariants(listpack) == nil)
        }
        let expected: [UInt8] =
            [0x81, 0x62, 2, 0x84] + Array("-0.5".utf8) + [5]
            + [0x81, 0x61, 2, 0, 1, 0x81, 0x68, 2, 3, 1]
            + [0x81, 0x67, 2, 0x86] + Array("1e+300".utf8) + [7]
            + [0x81, 0x69, 2, 0x83] + Array("inf".utf8) + [4]
        let bytes = UnsafeBufferPointer(start: listpack, count: apus_listpack_bytes(listpack))
        #expect(Array(bytes[6..<bytes.count - 1]) == expected)
        apus_listpack_free(listpack)
    }

    /// A score is read, and stepped over, in each of the forms that a listpack has for numbers.
    @Test func scoresOfAllWidths() {
        let whole = [0, 127, 128, 4095, 4096, 32767, 32768, 8_388_607, 8_388_608, 2_147_483_647, 2_147_483_648]
        let large = [4_503_599_627_370_495, 4_503_599_627_370_496, 0.1, 1.5, 1e300, Double.infinity]
        for score in whole.map(Double.init) + large {
            for score in [score, -score, -score - 1] {
                var listpack = apus_listpack_new()
                #expect(apus_zpack_insert(&listpack, score, Array("a".utf8), 1))
                #expect(apus_zpack_insert(&listpack, score, Array("b".utf8), 1))
                let second = apus_zpack_find_member(listpack, Array("b".utf8), 1)
                #expect(second.rank == 1 && second.position > 0, "\(score)")
                #expect(apus_zpack_score(listpack, apus_listpack_first(listpack)) == score)
                #expect(apus_zpack_score(listpack, second.position) == score)
                #expect(apus_zpack_invariants(listpack) == nil, "\(score)")
                apus_listpack_free(listpack)
            }
        }
    }

    @Test func brokenPacksAreNoticed() {
        let pairs: [[(String, String)]] = [
            [("a", "2"), ("b", "1")], [("b", "1"), ("a", "1")], [("a", "1"), ("a", "1")], [("a", "x")], [("a", "nan")],
        ]
        for pairs in pairs {
            var listpack = apus_listpack_new()
            for (member, score) in pairs {
                _ = apus_listpack_append(&listpack, apus_listpack_string(Array(member.utf8), member.utf8.count))
                _ = apus_listpack_append(&listpack, apus_listpack_string(Array(score.utf8), score.utf8.count))
            }
            #expect(apus_zpack_invariants(listpack) != nil)
            apus_listpack_free(listpack)
        }
    }
}
