// DEBUG PROTOCOL: a reply of each type that the protocol has.

internal import Memory
internal import RESP

extension DEBUG {
    /// A value of the type that is named, for tests of clients.
    static func sample(_ type: ByteView, _ reply: inout Reply) throws(CommandError) {
        if type.isWord("STRING") {
            reply.bulk("Hello World")
        } else if type.isWord("INTEGER") {
            reply.integer(12345)
        } else if type.isWord("DOUBLE") {
            reply.double(3.141)
        } else if type.isWord("NULL") {
            reply.null()
        } else if type.isWord("ARRAY") || type.isWord("SET") {
            if type.isWord("SET") { reply.set(3) } else { reply.array(3) }
            for number in 0..<3 { reply.integer(number) }
        } else if type.isWord("MAP") {
            reply.map(3)
            for number in 0..<3 {
                reply.integer(number)
                reply.boolean(number == 1)
            }
        } else if type.isWord("VERBATIM") {
            reply.verbatim("txt", ByteView("This is a verbatim\nstring"))
        } else if type.isWord("BIGNUM") {
            reply.bigNumber(ByteView("1234567999999999999999999999999999999"))
        } else if type.isWord("TRUE") || type.isWord("FALSE") {
            reply.boolean(type.isWord("TRUE"))
        } else if type.isWord("ATTRIB") || type.isWord("PUSH") {
            try sampleOutOfBand(type, &reply)
        } else {
            throw .reply(
                """
                ERR Wrong protocol type name. Please use one of the following: \
                string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false
                """)
        }
    }

    private static func sampleOutOfBand(_ type: ByteView, _ reply: inout Reply) throws(CommandError) {
        if type.isWord("ATTRIB") {
            if reply.version == .resp3 {
                reply.attribute(1)
                reply.bulk("key-popularity")
                reply.array(2)
                reply.bulk("key:123")
                reply.integer(90)
            }
            return reply.bulk("Some real reply following the attribute")
        }
        guard reply.version == .resp3 else { throw .reply("ERR RESP2 is not supported by this command") }
        // The message follows the reply to the command, so that a client that waits for that gets it.
        reply.bulk("Some real reply following the push reply")
        reply.push(2)
        reply.bulk("server-cpu-usage")
        reply.integer(42)
    }
}
