// The sorted set commands by behaviour. Replies stand without their line ends: "$1 a", "*2 $1 a $1 1", "*-1".

import Datastore
import Memory
import RESP
import Testing

@testable import Commands

@Suite struct SortedSetCommandTests {
    let commands = CommandHarness()

    func expect(_ line: String, _ reply: String, sourceLocation: SourceLocation = #_sourceLocation) {
        commands.expect(line, reply, sourceLocation: sourceLocation)
    }

    func expectMissing(_ key: String, sourceLocation: SourceLocation = #_sourceLocation) {
        let isThere = commands.database.contains(Key(ByteView(key.utf8.span)))
        #expect(!isThere, sourceLocation: sourceLocation)
    }

    /// A key of another type.
    func putString(_ key: String) {
        commands.database.setString(Key(ByteView(key.utf8.span)), ByteView("x"), expiry: .remove)
    }

    @Test func additionsCountNewMembers() {
        expect("zadd z 1 a 2 b 3 c", ":3")
        expect("zadd z 1 a 5 b 4 d", ":1")
        expect("zadd z ch 1 a 6 b 7 e", ":2")
        expect("zadd z ch XX 8 a 6 new", ":1")
        expect("zadd z nx 9 a 1 new", ":1")
        expect("zadd z xx nx 1 a", "-ERR XX and NX options at the same time are not compatible")
        expect("zadd none xx 1 a", ":0")
        expect("zadd none xx incr 1 a", "$-1")
        expectMissing("none")
        expect("zcard none", ":0")
        expect("zrange z 0 -1 withscores", "*12 $3 new $1 1 $1 c $1 3 $1 d $1 4 $1 b $1 6 $1 e $1 7 $1 a $1 8")
    }

    @Test func comparisonsKeepTheBetterScore() {
        expect("zadd z 5 a", ":1")
        expect("zadd z gt ch 4 a", ":0")
        expect("zadd z gt ch 6 a 1 b", ":2")
        expect("zadd z LT ch 7 a", ":0")
        expect("zadd z lt ch 5.5 a 2 c", ":2")
        expect("zadd z lt incr 1 a", "$-1")
        expect("zadd z gt incr 1 a", "$3 6.5")
        expect("zadd z gt xx incr 1 missing", "$-1")
        expect("zadd z gt lt 1 a", "-ERR GT, LT, and/or NX options at the same time are not compatible")
        expect("zadd z nx gt 1 a", "-ERR GT, LT, and/or NX options at the same time are not compatible")
        expect("zadd z nx lt 1 a", "-ERR GT, LT, and/or NX options at the same time are not compatible")
        expect("zrange z 0 -1 withscores", "*6 $1 b $1 1 $1 c $1 2 $1 a $3 6.5")
    }

    @Test func incrementsReplyTheScore() {
        expect("zadd z incr 1.5 a", "$3 1.5")
        expect("zadd z incr 1.5 a", "$1 3")
        expect("zadd z incr 0 a", "$1 3")
        expect("zadd z nx incr 1 a", "$-1")
        expect("zadd z xx incr 1 b", "$-1")
        expect("zincrby z -2.25 a", "$4 0.75")
        expect("zincrby z 3 b", "$1 3")
        expect("zincrby z inf c", "$3 inf")
        expect("zincrby z -inf c", "-ERR resulting score is not a number (NaN)")
        expect("zscore z c", "$3 inf")
        expect("zincrby z x c", "-ERR value is not a valid float")
        expect("zadd z incr 1 a 2 b", "-ERR INCR option supports a single increment-element pair")
        expect("zincrby other inf a", "$3 inf")
    }

    @Test func wrongAdditionsChangeNothing() {
        expect("zadd z 1 a 2", "-ERR syntax error")
        expect("zadd z nx xx", "-ERR syntax error")
        expect("zadd z ch nx incr xx", "-ERR syntax error")
        expect("zadd z 1 a x b", "-ERR value is not a valid float")
        expect("zadd z x a", "-ERR value is not a valid float")
        expect("zadd z nan a", "-ERR value is not a valid float")
        expect("zadd z \"\" a", "-ERR value is not a valid float")
        expect("zadd z \"1 \" a", "-ERR value is not a valid float")
        expect("zcard z", ":0")
        putString("s")
        expect("zadd s 1 a", "-WRONGTYPE Operation against a key holding the wrong kind of value")
        expect("zadd s x a", "-ERR value is not a valid float")
        expect("zincrby s 1 a", "-WRONGTYPE Operation against a key holding the wrong kind of value")
    }

    @Test func scoresAreReadBackExactly() {
        expect("zadd z 0.1 a 1e20 b -0 c 3.0 d 1.7976931348623157e308 e -inf f 1e-300 g 12345678901234567 h", ":8")
        expect(
            "zmscore z a b c d e f g h i",
            "*9 $3 0.1 $5 1e+20 $1 0 $1 3 $23 1.7976931348623157e+308 $4 -inf $6 1e-300 $17 12345678901234568 $-1")
        expect("zscore z a", "$3 0.1")
        expect("zscore z none", "$-1")
        expect("zscore none a", "$-1")
        expect("zmscore none a b", "*2 $-1 $-1")
        putString("s")
        expect("zscore s a", "-WRONGTYPE Operation against a key holding the wrong kind of value")
        expect("zmscore s a", "-WRONGTYPE Operation against a key holding the wrong kind of value")
        expect("zcard s", "-WRONGTYPE Operation against a key holding the wrong kind of value")
        commands.version = .resp3
        expect(
            "zmscore z a b c d e f g h i",
            "*9 ,0.1 ,1e+20 ,0 ,3 ,1.7976931348623157e+308 ,-inf ,1e-300 ,12345678901234568 _")
        expect("zscore z none", "_")
        expect("zadd z incr 1 c", ",1")
    }

    @Test func membersMayBeAnyBytes() {
        let member: [UInt8] = [0, 13, 10, 255]
        let reply = commands.run(words: [Array("zadd".utf8), [0], Array("1".utf8), member])
        #expect(reply == Array(":1\r\n".utf8))
        let range = commands.run(words: [Array("zrange".utf8), [0], Array("0".utf8), Array("-1".utf8)])
        #expect(range == Array("*1\r\n$4\r\n".utf8) + member + Array("\r\n".utf8))
    }

    @Test func ranksCountFromBothEnds() {
        expect("zadd z 1 a 2 b 2 c 3 10", ":4")
        expect("zrank z a", ":0")
        expect("zrank z c", ":2")
        expect("zrevrank z c", ":1")
        expect("zrevrank z 10", ":0")
        expect("zrank z none", "$-1")
        expect("zrank none a", "$-1")
        expect("zrank z b withscore", "*2 :1 $1 2")
        expect("zrevrank z b WITHSCORE", "*2 :2 $1 2")
        expect("zrank z none withscore", "*-1")
        expect("zrank none a withscore", "*-1")
        expect("zrank z a withscores", "-ERR syntax error")
        expect("zrank z a withscore x", "-ERR wrong number of arguments for 'zrank' command")
        putString("s")
        expect("zrank s a", "-WRONGTYPE Operation against a key holding the wrong kind of value")
        commands.version = .resp3
        expect("zrank z b withscore", "*2 :1 ,2")
        expect("zrank z none withscore", "_")
        expect("zrank z none", "_")
    }

    /// The same ranges of a listpack and of a skiplist.
    @Test(arguments: [false, true]) func ranges(isLarge: Bool) {
        if isLarge {
            // A long member makes a skiplist for good.
            _ = commands.run("zadd z 0 \(String(repeating: "x", count: 100))")
        }
        expect("zadd z 1 a 2 b 3 c 4 d 5 1000", ":5")
        if isLarge { _ = commands.run("zrem z \(String(repeating: "x", count: 100))") }
        expect("zrange z 0 -1", "*5 $1 a $1 b $1 c $1 d $4 1000")
        expect("zrange z 1 2 withscores", "*4 $1 b $1 2 $1 c $1 3")
        expect("zrange z -2 -1", "*2 $1 d $4 1000")
        expect("zrange z -100 100", "*5 $1 a $1 b $1 c $1 d $4 1000")
        expect("zrange z 3 1", "*0")
        expect("zrange z 5 6", "*0")
        expect("zrange z 0 -6", "*0")
        expect("zrange z 0 1 rev", "*2 $4 1000 $1 d")
        expect("zrevrange z 1 -1 withscores", "*8 $1 d $1 4 $1 c $1 3 $1 b $1 2 $1 a $1 1")
        expect("zrevrange z -1 -1", "*1 $1 a")
        expect("zrevrange z 4 100", "*1 $1 a")
        expect("zrange z (1 3 byscore", "*2 $1 b $1 c")
        expect("zrange z -inf (5 byscore limit 1 2", "*2 $1 b $1 c")
        expect("zrange z +inf (1 byscore rev limit 1 -1", "*3 $1 d $1 c $1 b")
        expect("zrange z 3 1 byscore", "*0")
        expect("zrange z 1 3 byscore rev", "*0")
        expect("zrangebyscore z 2 +inf withscores limit 1 2", "*4 $1 c $1 3 $1 d $1 4")
        expect("zrangebyscore z (2 (3", "*0")
        expect("zrangebyscore z 2 4 limit -1 2", isLarge ? "*1 $1 d" : "*0")
        expect("zrangebyscore z 2 4 limit 9 2", "*0")
        expect("zrangebyscore z 2 4 limit 1 0", "*0")
        expect("zrevrangebyscore z 4 (2 withscores", "*4 $1 d $1 4 $1 c $1 3")
        expect("zrevrangebyscore z inf -inf limit 1 2", "*2 $1 d $1 c")
        expect("zcount z (1 4", ":3")
        expect("zcount z -inf +inf", ":5")
        expect("zcount z 4 1", ":0")
        commands.version = .resp3
        expect("zrange z 0 1 withscores", "*2 *2 $1 a ,1 *2 $1 b ,2")
        expect("zrevrangebyscore z 4 (2 withscores", "*2 *2 $1 d ,4 *2 $1 c ,3")
    }

    @Test(arguments: [false, true]) func lexicalRanges(isLarge: Bool) {
        if isLarge { _ = commands.run("zadd z 0 \(String(repeating: "x", count: 100))") }
        expect("zadd z 0 a 0 b 0 c 0 d 0 abc 0 12", ":6")
        if isLarge { _ = commands.run("zrem z \(String(repeating: "x", count: 100))") }
        expect("zrange z - + bylex", "*6 $2 12 $1 a $3 abc $1 b $1 c $1 d")
        expect("zrange z + - bylex rev limit 1 2", "*2 $1 c $1 b")
        expect("zrangebylex z [a (c", "*3 $1 a $3 abc $1 b")
        expect("zrangebylex z (a [c limit 0 1", "*1 $3 abc")
        expect("zrevrangebylex z [c (a", "*3 $1 c $1 b $3 abc")
        expect("zrevrangebylex z + [b limit 1 5", "*2 $1 c $1 b")
        expect("zrangebylex z + -", "*0")
        expect("zlexcount z - +", ":6")
        expect("zlexcount z [ab (b", ":1")
        expect("zlexcount z [b [b", ":1")
        expect("zremrangebylex z [a (b", ":2")
        expect("zremrangebylex z - +", ":4")
        expectMissing("z")
    }

    @Test func rangesRefuseWhatDoesNotFit() {
        putString("s")
        expect("zadd z 1 a", ":1")
        expect(
            "zrange z 0 -1 limit 0 1",
            "-ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX")
        expect("zrange z 0 -1 limit 5 -1", "*1 $1 a")
        expect("zrange z - + bylex withscores", "-ERR syntax error, WITHSCORES not supported in combination with BYLEX")
        expect(
            "zrevrangebylex z + - withscores",
            "-ERR syntax error, WITHSCORES not supported in combination with BYLEX")
        expect("zrangebylex z - + rev", "-ERR syntax error")
        expect("zrangebyscore z 1 2 bylex", "-ERR syntax error")
        expect("zrange z - + bylex byscore", "-ERR syntax error")
        expect("zrange z 1 2 byscore limit 0", "-ERR syntax error")
        expect("zrange z 1 2 byscore limit a b", "-ERR value is not an integer or out of range")
        expect("zrevrange z 0 1 rev", "-ERR syntax error")
        expect("zrange z 0 1 rev rev", "-ERR syntax error")
        expect("zrange z a b", "-ERR value is not an integer or out of range")
        expect("zrange z a b byscore", "-ERR min or max is not a float")
        expect("zrange z a b bylex", "-ERR min or max not valid string range item")
        expect("zrange z ++ [b bylex", "-ERR min or max not valid string range item")
        expect("zrange none a b bylex", "-ERR min or max not valid string range item")
        expect("zrange none 0 -1", "*0")
        expect("zrange s a b", "-ERR value is not an integer or out of range")
        expect("zrange s 0 1", "-WRONGTYPE Operation against a key holding the wrong kind of value")
        expect("zcount z ( +inf", ":1")
        expect("zcount z nan +inf", "-ERR min or max is not a float")
        expect("zcount z ((1 +inf", "-ERR min or max is not a float")
        expect("zcount s 0 1", "-WRONGTYPE Operation against a key holding the wrong kind of value")
        expect("zlexcount none - +", ":0")
        expect("zlexcount z a b", "-ERR min or max not valid string range item")
    }

    @Test func removalDeletesTheEmptiedKey() {
        expect("zadd z 1 a 2 b 3 c 4 d 5 e", ":5")
        expect("zrem z a none b a", ":2")
        expect("zrem none a", ":0")
        expect("zremrangebyrank z 0 0", ":1")
        expect("zremrangebyrank z 5 9", ":0")
        expect("zremrangebyscore z (4 +inf", ":1")
        expect("zremrangebyscore z 9 10", ":0")
        expect("zrange z 0 -1", "*1 $1 d")
        expect("zrem z d", ":1")
        expectMissing("z")
        expect("zadd z 1 a 2 b", ":2")
        expect("zremrangebyrank z 0 -1", ":2")
        expectMissing("z")
        expect("zremrangebyrank none a b", "-ERR value is not an integer or out of range")
        expect("zremrangebyscore none a b", "-ERR min or max is not a float")
        expect("zremrangebylex none a b", "-ERR min or max not valid string range item")
        expect("zremrangebylex none - +", ":0")
        putString("s")
        expect("zrem s a", "-WRONGTYPE Operation against a key holding the wrong kind of value")
        expect("zremrangebyrank s 0 1", "-WRONGTYPE Operation against a key holding the wrong kind of value")
    }

    @Test func popsTakeFromTheEnds() {
        expect("zadd z 1 a 2 b 3 c 4 d 5 5 6 f", ":6")
        expect("zpopmin z", "*2 $1 a $1 1")
        expect("zpopmax z 2", "*4 $1 f $1 6 $1 5 $1 5")
        expect("zpopmin z 0", "*0")
        expect("zpopmin z -1", "-ERR value is out of range, must be positive")
        expect("zpopmin z x", "-ERR value is out of range, must be positive")
        expect("zpopmin z 1 2", "-ERR syntax error")
        expect("zpopmin none", "*0")
        expect("zpopmin none 2", "*0")
        putString("s")
        expect("zpopmin s 0", "-WRONGTYPE Operation against a key holding the wrong kind of value")
        commands.version = .resp3
        expect("zpopmin z", "*2 $1 b ,2")
        expect("zpopmax z 1", "*1 *2 $1 d ,4")
        expect("zpopmax z 10", "*1 *2 $1 c ,3")
        expect("zpopmax z", "*0")
        expectMissing("z")
    }

    @Test func popsFromTheFirstOfManyKeys() {
        expect("zadd y 1 a 2 b 3 c", ":3")
        expect("zmpop 2 none y min", "*2 $1 y *1 *2 $1 a $1 1")
        expect("zmpop 1 y MAX count 5", "*2 $1 y *2 *2 $1 c $1 3 *2 $1 b $1 2")
        expect("zmpop 2 none y min", "*-1")
        expect("zadd y 1 a 2 b 3 c", ":3")
        commands.version = .resp3
        expect("zmpop 2 none y max count 2", "*2 $1 y *2 *2 $1 c ,3 *2 $1 b ,2")
        expect("zmpop 1 none max", "_")
        commands.version = .resp2
        putString("s")
        expect("zmpop 2 s y min", "-WRONGTYPE Operation against a key holding the wrong kind of value")
        expect("zmpop 2 y s min", "*2 $1 y *1 *2 $1 a $1 1")
        expect("zmpop 0 z min", "-ERR numkeys should be greater than 0")
        expect("zmpop x z min", "-ERR numkeys should be greater than 0")
        expect("zmpop 1 z foo", "-ERR syntax error")
        expect("zmpop 1 z min count 0", "-ERR count should be greater than 0")
        expect("zmpop 1 z min count x", "-ERR count should be greater than 0")
        expect("zmpop 1 z min count 1 count 1", "-ERR syntax error")
        expect("zmpop 1 z min count", "-ERR syntax error")
        expect("zmpop 2 z min", "-ERR syntax error")
        expect("zmpop 9223372036854775807 z min", "-ERR syntax error")
    }

    @Test func blockingPopsThatNeedNotBlock() {
        expect("zadd z 1 a 2 b 3 c", ":3")
        expect("bzpopmin none z 1", "*3 $1 z $1 a $1 1")
        expect("bzpopmax none z 0", "*3 $1 z $1 c $1 3")
        commands.version = .resp3
        expect("bzpopmax z -0.0001", "*3 $1 z $1 b ,2")
        commands.version = .resp2
        expect("zadd z 1 a 2 b 3 c", ":3")
        expect("bzmpop 1 2 none z max count 2", "*2 $1 z *2 *2 $1 c $1 3 *2 $1 b $1 2")
        putString("s")
        expect("bzpopmin none s 1", "-WRONGTYPE Operation against a key holding the wrong kind of value")
        expect("bzpopmin z x", "-ERR timeout is not a float or out of range")
        expect("bzpopmin z -1", "-ERR timeout is negative")
        expect("bzpopmin z inf", "-ERR timeout is out of range")
        expect("bzpopmin z nan", "-ERR timeout is not a float or out of range")
        expect("bzpopmin z 1e300", "-ERR timeout is out of range")
        expect("bzpopmin z 9223372036854774", "-ERR timeout is out of range")
        expect("bzmpop -1 0 z min", "-ERR numkeys should be greater than 0")
        expect("bzmpop 1 0 z min", "-ERR numkeys should be greater than 0")
    }

    @Test func blockingPopsWaitUntilTheirDeadline() {
        #expect(commands.run("bzpopmin a b 0") == "(blocked)")
        #expect(commands.blockedUntilMs == nil)
        #expect(commands.run("bzpopmax a b 1.0001") == "(blocked)")
        #expect(commands.blockedUntilMs == CommandHarness.start + 1001)
        #expect(commands.run("bzmpop 0.5 1 a min") == "(blocked)")
        #expect(commands.blockedUntilMs == CommandHarness.start + 500)
    }

    @Test func unionsCombineScores() {
        expect("zadd a 1 x 2 y 3 z", ":3")
        expect("zadd b 10 y 20 w", ":2")
        expect("zunionstore d 2 a b", ":4")
        expect("zrange d 0 -1 withscores", "*8 $1 x $1 1 $1 z $1 3 $1 y $2 12 $1 w $2 20")
        expect("zunionstore d 2 a b weights 2 0.5 aggregate max", ":4")
        expect("zrange d 0 -1 withscores", "*8 $1 x $1 2 $1 y $1 5 $1 z $1 6 $1 w $2 10")
        expect("zunionstore a 3 a b a aggregate min", ":4")
        expect("zrange a 0 -1 withscores", "*8 $1 x $1 1 $1 y $1 2 $1 z $1 3 $1 w $2 20")
        expect("zunionstore d 2 none nothing", ":0")
        expectMissing("d")
        putString("s")
        expect("zunionstore s 1 b", ":2")
        expect("zrange s 0 -1", "*2 $1 y $1 w")
        expect("zadd i inf x -inf y", ":2")
        expect("zadd j -inf x 1 y", ":2")
        expect("zunion 2 i j withscores", "*4 $1 y $4 -inf $1 x $1 0")
        expect("zunion 1 i weights 0 withscores", "*4 $1 x $1 0 $1 y $1 0")
        commands.version = .resp3
        expect("zunion 2 b j withscores", "*3 *2 $1 x ,-inf *2 $1 y ,11 *2 $1 w ,20")
        expect("zunion 2 b j", "*3 $1 x $1 y $1 w")
    }

    @Test func unionsRefuseWhatDoesNotFit() {
        expect("zadd z 1 a", ":1")
        putString("s")
        expect("zunionstore d 0 z", "-ERR at least 1 input key is needed for 'zunionstore' command")
        expect("zunionstore d -1 z", "-ERR at least 1 input key is needed for 'zunionstore' command")
        expect("zunionstore d x z", "-ERR value is not an integer or out of range")
        expect("zunionstore d 5 z", "-ERR syntax error")
        expect("zunionstore d 1 s foo", "-WRONGTYPE Operation against a key holding the wrong kind of value")
        expect("zunionstore d 1 z foo", "-ERR syntax error")
        expect("zunionstore d 2 z z weights 1", "-ERR syntax error")
        expect("zunionstore d 2 z z weights 1 x", "-ERR weight value is not a float")
        expect("zunionstore d 2 z z aggregate foo", "-ERR syntax error")
        expect("zunionstore d 2 z z aggregate", "-ERR syntax error")
        expect("zunionstore d 1 z withscores", "-ERR syntax error")
        expect("zinter 2 none s", "-WRONGTYPE Operation against a key holding the wrong kind of value")
        expect("zdiff 1 z weights 1", "-ERR syntax error")
        expect("zdiff 1 z aggregate sum", "-ERR syntax error")
        expect("zdiff 0 z", "-ERR at least 1 input key is needed for 'zdiff' command")
        expect("zintercard 0 z", "-ERR at least 1 input key is needed for 'zintercard' command")
        expect("zintercard 1 z limit -1", "-ERR LIMIT can't be negative")
        expect("zintercard 1 z limit x", "-ERR LIMIT can't be negative")
        expect("zintercard 1 z limit", "-ERR syntax error")
        expect("zintercard 1 z foo", "-ERR syntax error")
        expect("zintercard 1 z weights 1", "-ERR syntax error")
    }

    @Test func intersectionsAndDifferences() {
        expect("zadd a 1 x 2 y 3 z", ":3")
        expect("zadd b 10 y 20 w 30 z", ":3")
        expect("zadd c 5 z", ":1")
        expect("zinter 2 a b", "*2 $1 y $1 z")
        expect("zinter 2 a b weights 1 2 aggregate max withscores", "*4 $1 y $2 20 $1 z $2 60")
        expect("zinter 3 a b c withscores", "*2 $1 z $2 38")
        expect("zinter 2 a none", "*0")
        expect("zadd infinite -inf x", ":1")
        expect("zinter 2 infinite infinite weights 10 0 aggregate max withscores", "*2 $1 x $4 -inf")
        expect("zinter 2 infinite infinite weights 10 0 withscores", "*2 $1 x $1 0")
        expect("zinterstore d 2 a b", ":2")
        expect("zrange d 0 -1 withscores", "*4 $1 y $2 12 $1 z $2 33")
        expect("zinterstore d 2 a none", ":0")
        expectMissing("d")
        expect("zintercard 2 a b", ":2")
        expect("zintercard 2 a b limit 1", ":1")
        expect("zintercard 2 a b limit 0", ":2")
        expect("zdiff 2 a b", "*1 $1 x")
        expect("zdiff 3 b c none withscores", "*4 $1 y $2 10 $1 w $2 20")
        expect("zdiff 2 none b", "*0")
        expect("zdiff 2 a a", "*0")
        expect("zdiffstore d 2 a c", ":2")
        expect("zrange d 0 -1 withscores", "*4 $1 x $1 1 $1 y $1 2")
        expect("zdiffstore d 2 a a", ":0")
        expectMissing("d")
    }

    @Test func rangesAreStored() {
        expect("zadd z 1 a 2 b 3 c 4 d", ":4")
        expect("zrangestore d z 1 2", ":2")
        expect("zrange d 0 -1 withscores", "*4 $1 b $1 2 $1 c $1 3")
        expect("zrangestore d z (1 +inf byscore limit 1 5", ":2")
        expect("zrange d 0 -1", "*2 $1 c $1 d")
        expect("zrangestore d z +inf -inf byscore rev limit 0 2", ":2")
        expect("zrange d 0 -1", "*2 $1 c $1 d")
        expect("zrangestore d z - (c bylex", ":2")
        expect("zrange d 0 -1", "*2 $1 a $1 b")
        expect("zrangestore z z 0 1", ":2")
        expect("zrange z 0 -1", "*2 $1 a $1 b")
        expect("zrangestore d none 0 -1", ":0")
        expectMissing("d")
        putString("s")
        expect("zrangestore d s 0 -1", "-WRONGTYPE Operation against a key holding the wrong kind of value")
        expect("zrangestore d z 0 -1 withscores", "-ERR syntax error")
        expect(
            "zrangestore d z 0 -1 limit 0 1",
            "-ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX")
    }

    @Test func randomMembersRefuseWhatDoesNotFit() {
        expect("zadd z 1 a", ":1")
        expect("zrandmember z", "$1 a")
        expect("zrandmember z 5", "*1 $1 a")
        expect("zrandmember z -3", "*3 $1 a $1 a $1 a")
        expect("zrandmember z -2 withscores", "*4 $1 a $1 1 $1 a $1 1")
        expect("zrandmember z 0", "*0")
        expect("zrandmember none", "$-1")
        expect("zrandmember none 1", "*0")
        expect("zrandmember z x", "-ERR value is not an integer or out of range")
        expect(
            "zrandmember z -9223372036854775808",
            "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807")
        expect("zrandmember z 4611686018427387905 withscores", "-ERR value is out of range")
        expect("zrandmember z 1 foo", "-ERR syntax error")
        expect("zrandmember z 1 withscores x", "-ERR syntax error")
        putString("s")
        expect("zrandmember s 0", "-WRONGTYPE Operation against a key holding the wrong kind of value")
        commands.version = .resp3
        expect("zrandmember z -2 withscores", "*2 *2 $1 a ,1 *2 $1 a ,1")
        expect("zrandmember z 2 withscores", "*1 *2 $1 a ,1")
    }

    @Test(arguments: [3, 50, 99, 100, 1000]) func randomMembersDiffer(wanted: Int) {
        let pairs = (0..<100).map { "\($0) m\($0)" }.joined(separator: " ")
        _ = commands.run("zadd z \(pairs)")
        let words = commands.run("zrandmember z \(wanted)").split(separator: "\r\n")
        #expect(words[0] == "*\(min(wanted, 100))")
        let members = words.filter { $0.first == "m" }
        #expect(members.count == min(wanted, 100))
        #expect(Set(members).count == members.count)
    }

    @Test func scansSeeEveryMember() {
        expect("zadd z 1 a 2 1000", ":2")
        expect("zscan z 0", "*2 $1 0 *4 $1 a $1 1 $4 1000 $1 2")
        expect("zscan z 0 match a*", "*2 $1 0 *2 $1 a $1 1")
        expect("zscan z 0 match 1??0 count 5 noscores", "*2 $1 0 *1 $4 1000")
        expect("zadd empty 1 \"\"", ":1")
        expect("zscan empty 0", "*2 $1 0 *2 $0  $1 1")
        expect("zscan z 00", "*2 $1 0 *4 $1 a $1 1 $4 1000 $1 2")
        expect("zscan z 18446744073709551615", "*2 $1 0 *4 $1 a $1 1 $4 1000 $1 2")
        expect("zscan z 18446744073709551616", "-ERR invalid cursor")
        expect("zscan z x", "-ERR invalid cursor")
        expect("zscan z -1", "-ERR invalid cursor")
        expect("zscan none 0", "*2 $1 0 *0")
        expect("zscan z 0 count 0", "-ERR syntax error")
        expect("zscan z 0 count x", "-ERR value is not an integer or out of range")
        expect("zscan z 0 match", "-ERR syntax error")
        expect("zscan z 0 foo 1", "-ERR syntax error")
        putString("s")
        expect("zscan s 0", "-WRONGTYPE Operation against a key holding the wrong kind of value")
        commands.version = .resp3
        expect("zscan z 0", "*2 $1 0 *4 $1 a $1 1 $4 1000 $1 2")
    }

    @Test func scansOfLargeSetsEnd() {
        for member in 0..<1000 { _ = commands.run("zadd z \(member) m\(member)") }
        var seen: Set<Substring> = []
        var cursor: Substring = "0"
        repeat {
            let reply = commands.run("zscan z \(cursor) count 20 noscores")
            let words = reply.split(separator: "\r\n")
            cursor = words[2]
            seen.formUnion(words.dropFirst(4).filter { $0.first == "m" })
        } while cursor != "0"
        #expect(seen.count == 1000)
    }
}
