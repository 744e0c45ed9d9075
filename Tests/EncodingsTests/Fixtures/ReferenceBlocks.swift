// Blocks that Valkey 9.1.2 made, as its DUMP shows them between the type byte and the version: what our own operations
// must produce byte for byte. The server ran with `--rdbcompression no`, `hash-max-listpack-value 300000000` and
// `list-max-listpack-size -5`; a list is the one node of a quicklist dump (type 18), a hash is type 16, a sorted set
// 17, a set 20 and an intset 11. Bytes are hex, white space is nothing, and `61*100` is a hundred times 0x61.

/// A listpack and the elements it holds, in the order in which they were added.
struct ReferenceListpack: Sendable, CustomStringConvertible {
    var name: String
    var elements: [Element]
    var hex: String

    var description: String { name }

    enum Element: Sendable {
        case integer(Int64)
        case text(String)
        case bytes([UInt8])
    }

    var bytes: [UInt8] { decoded(hex) }
}

/// An intset and its values, in the order in which they were added.
struct ReferenceIntSet: Sendable, CustomStringConvertible {
    var name: String
    var values: [Int64]
    var hex: String

    var description: String { name }

    var bytes: [UInt8] { decoded(hex) }
}

private func decoded(_ hex: String) -> [UInt8] {
    var bytes: [UInt8] = []
    for token in hex.split(whereSeparator: \.isWhitespace) {
        let parts = token.split(separator: "*")
        let digits = Array(parts[0].utf8)
        let run = stride(from: 0, to: digits.count, by: 2).map { i in
            UInt8(String(decoding: digits[i..<i + 2], as: UTF8.self), radix: 16)!
        }
        for _ in 0..<(parts.count == 2 ? Int(parts[1])! : 1) { bytes += run }
    }
    return bytes
}

let referenceListpacks: [ReferenceListpack] = [
    ReferenceListpack(
        name: "integers at every boundary",
        elements: [
            .integer(0), .integer(1), .integer(63), .integer(64), .integer(126), .integer(127), .integer(128),
            .integer(129), .integer(-1), .integer(-2), .integer(4094), .integer(4095), .integer(4096),
            .integer(-4095), .integer(-4096), .integer(-4097), .integer(32766), .integer(32767), .integer(32768),
            .integer(-32767), .integer(-32768), .integer(-32769), .integer(8388606), .integer(8388607),
            .integer(8388608), .integer(-8388607), .integer(-8388608), .integer(-8388609), .integer(2147483646),
            .integer(2147483647), .integer(2147483648), .integer(-2147483647), .integer(-2147483648),
            .integer(-2147483649), .integer(9223372036854775806), .integer(9223372036854775807),
            .integer(-9223372036854775807), .integer(-9223372036854775808),
        ],
        hex: """
            c10000002600000101013f0140017e017f01c08002c08102dfff02dffe02cffe02cfff02f1001003d00102d00002f1ffef03
            f1fe7f03f1ff7f03f200800004f1018003f1008003f2ff7fff04f2feff7f04f2ffff7f04f30000800005f201008004f20000
            8004f3ffff7fff05f3feffff7f05f3ffffff7f05f4000000800000000009f30100008005f30000008005f4ffffff7fffffff
            ff09f4feffffffffffff7f09f4ffffffffffffff7f09f4010000000000008009f4000000000000008009ff
            """),
    ReferenceListpack(
        name: "texts that are almost integers",
        elements: [
            .text(""), .text("-"), .text("-0"), .text("00"), .text("01"), .text("+1"), .text(" 1"), .text("1 "),
            .text("1.0"), .text("1e3"), .text("0x10"), .text("9223372036854775808"), .text("-9223372036854775809"),
            .text("99999999999999999999"), .text("123456789012345678901"),
        ],
        hex: """
            8c0000000f008001812d02822d30038230300382303103822b3103822031038231200383312e300483316533048430783130
            05933932323333373230333638353437373538303814942d393232333337323033363835343737353830391594 39*20
            159531323334353637383930313233343536373839303116ff
            """),
    ReferenceListpack(
        name: "strings around 6-bit and 12-bit lengths",
        elements: [
            .text("a"), .text(String(repeating: "a", count: 62)), .text(String(repeating: "a", count: 63)),
            .text(String(repeating: "a", count: 64)), .text(String(repeating: "a", count: 65)),
            .text(String(repeating: "a", count: 124)), .text(String(repeating: "a", count: 125)),
            .text(String(repeating: "a", count: 126)), .text(String(repeating: "a", count: 127)),
            .text(String(repeating: "a", count: 4094)), .text(String(repeating: "a", count: 4095)),
            .text(String(repeating: "a", count: 4096)), .text(String(repeating: "a", count: 4097)),
        ],
        hex: """
            2a4300000d00816102be 61*62 3fbf 61*63 40e040 61*64 42e041 61*65 43e07c 61*124 7ee07d 61*125 7fe07e
            61*126 0180e07f 61*127 0181effe 61*4094 2080efff 61*4095 2081f000100000 61*4096 2085f001100000
            61*4097 2086ff
            """),
    ReferenceListpack(
        name: "binary fields and values",
        elements: [
            .bytes([0x00]), .bytes([0xFF, 0xFF, 0xFF]), .bytes([0x6B, 0x65, 0x79, 0x0D, 0x0A]),
            .bytes([0x80, 0x00, 0xFE]), .text("name"), .text("Apus"), .text("age"), .integer(42),
        ],
        hex: """
            2e000000080081000283ffffff04856b65790d0a06838000fe04846e616d650584417075730583616765042a01ff
            """),
    ReferenceListpack(
        name: "back-length of two and three bytes",
        elements: [
            .text("f"), .text(String(repeating: "b", count: 16377)), .text("g"),
            .text(String(repeating: "c", count: 16378)), .text("h"), .text(String(repeating: "d", count: 16379)),
        ],
        hex: """
            14c000000600816602f0f93f0000 62*16377 7ffe816702f0fa3f0000 63*16378 7fff816802f0fb3f0000 64*16379
            018080ff
            """),
    ReferenceListpack(
        name: "strings around 65535 bytes",
        elements: [
            .text("f"), .text(String(repeating: "e", count: 65534)), .text("g"),
            .text(String(repeating: "e", count: 65535)), .text("h"), .text(String(repeating: "e", count: 65536)),
        ],
        hex: """
            250003000600816602f0feff0000 65*65534 048083816702f0ffff0000 65*65535 048084816802f000000100
            65*65536 048085ff
            """),
    ReferenceListpack(
        name: "back-length of three and four bytes",
        elements: [
            .text("f"), .text(String(repeating: "b", count: 2097146)), .text("g"),
            .text(String(repeating: "c", count: 2097147)),
        ],
        hex: """
            130040000400816602f0faff1f00 62*2097146 7fffff816702f0fbff1f00 63*2097147 01808080ff
            """),
    ReferenceListpack(
        name: "sorted set with integer and fractional scores",
        elements: [
            .text("-3"), .integer(-3), .text("one"), .integer(1), .text("two"), .text("2.5"), .text("big"),
            .text("1e+300"), .text("end"), .text("inf"),
        ],
        hex: """
            350000000a00dffd02dffd02836f6e650401018374776f0483322e350483626967048631652b3330300783656e640483696e
            6604ff
            """),
    ReferenceListpack(
        name: "set of strings and integers",
        elements: [
            .text("x"), .integer(7), .integer(-70000), .text("hello"),
        ],
        hex: """
            1800000004008178020701f290eefe048568656c6c6f06ff
            """),
    ReferenceListpack(
        name: "one element",
        elements: [
            .text("x"),
        ],
        hex: """
            0a0000000100817802ff
            """),
    ReferenceListpack(
        name: "three hundred integers",
        elements: (-150..<150).map { .integer($0) },
        hex: """
            0b0300002c01df6a02df6b02df6c02df6d02df6e02df6f02df7002df7102df7202df7302df7402df7502df7602df7702df78
            02df7902df7a02df7b02df7c02df7d02df7e02df7f02df8002df8102df8202df8302df8402df8502df8602df8702df8802df
            8902df8a02df8b02df8c02df8d02df8e02df8f02df9002df9102df9202df9302df9402df9502df9602df9702df9802df9902
            df9a02df9b02df9c02df9d02df9e02df9f02dfa002dfa102dfa202dfa302dfa402dfa502dfa602dfa702dfa802dfa902dfaa
            02dfab02dfac02dfad02dfae02dfaf02dfb002dfb102dfb202dfb302dfb402dfb502dfb602dfb702dfb802dfb902dfba02df
            bb02dfbc02dfbd02dfbe02dfbf02dfc002dfc102dfc202dfc302dfc402dfc502dfc602dfc702dfc802dfc902dfca02dfcb02
            dfcc02dfcd02dfce02dfcf02dfd002dfd102dfd202dfd302dfd402dfd502dfd602dfd702dfd802dfd902dfda02dfdb02dfdc
            02dfdd02dfde02dfdf02dfe002dfe102dfe202dfe302dfe402dfe502dfe602dfe702dfe802dfe902dfea02dfeb02dfec02df
            ed02dfee02dfef02dff002dff102dff202dff302dff402dff502dff602dff702dff802dff902dffa02dffb02dffc02dffd02
            dffe02dfff0200010101020103010401050106010701080109010a010b010c010d010e010f01100111011201130114011501
            16011701180119011a011b011c011d011e011f0120012101220123012401250126012701280129012a012b012c012d012e01
            2f0130013101320133013401350136013701380139013a013b013c013d013e013f0140014101420143014401450146014701
            480149014a014b014c014d014e014f0150015101520153015401550156015701580159015a015b015c015d015e015f016001
            6101620163016401650166016701680169016a016b016c016d016e016f017001710172017301740175017601770178017901
            7a017b017c017d017e017f01c08002c08102c08202c08302c08402c08502c08602c08702c08802c08902c08a02c08b02c08c
            02c08d02c08e02c08f02c09002c09102c09202c09302c09402c09502ff
            """),
]

let referenceIntSets: [ReferenceIntSet] = [
    ReferenceIntSet(
        name: "16-bit", values: [5, -3, 32767, -32768, 0],
        hex: "02000000050000000080fdff00000500ff7f"),
    ReferenceIntSet(
        name: "32-bit", values: [32768, 1, -1, -32769, 2147483647, -2147483648],
        hex: "040000000600000000000080ff7fffffffffffff0100000000800000ffffff7f"),
    ReferenceIntSet(
        name: "64-bit", values: [2147483648, 0, -2147483649, 9223372036854775807, -9223372036854775808],
        hex: "08000000050000000000000000000080ffffff7fffffffff00000000000000000000008000000000ffffffffffffff7f"),
    ReferenceIntSet(
        name: "widened, then the cause removed", values: [1, 2],
        hex: "04000000020000000100000002000000"),
]
