// The list of commands. A command that is not listed does not exist.

/// All commands of this module, in no particular order.
package let dataCommands: [any Command.Type] = [
    // Generic
    DEL.self, UNLINK.self, EXISTS.self, TOUCH.self, TYPE.self, EXPIRE.self, PEXPIRE.self, EXPIREAT.self,
    PEXPIREAT.self, TTL.self, PTTL.self, EXPIRETIME.self, PEXPIRETIME.self, PERSIST.self, RENAME.self, RENAMENX.self,
    KEYS.self, RANDOMKEY.self, DBSIZE.self, SCAN.self, FLUSHDB.self, FLUSHALL.self, OBJECT.self, COPY.self, MOVE.self,
    SWAPDB.self, WAIT.self, WAITAOF.self,

    // Connection and server
    PING.self, ECHO.self, QUIT.self, SELECT.self, HELLO.self, AUTH.self, RESET.self, CLIENT.self, COMMAND.self,
    CONFIG.self, INFO.self, TIME.self, SHUTDOWN.self, ROLE.self, LASTSAVE.self, LOLWUT.self, READONLY.self,
    READWRITE.self, LATENCY.self, MEMORY.self, COMMANDLOG.self, SLOWLOG.self, DEBUG.self, MONITOR.self,

    // Sorted sets
    ZADD.self, ZINCRBY.self, ZSCORE.self, ZMSCORE.self, ZCARD.self, ZRANK.self, ZREVRANK.self,
    ZRANGE.self, ZREVRANGE.self, ZRANGEBYSCORE.self, ZREVRANGEBYSCORE.self, ZRANGEBYLEX.self, ZREVRANGEBYLEX.self,
    ZCOUNT.self, ZLEXCOUNT.self, ZREM.self, ZREMRANGEBYRANK.self, ZREMRANGEBYSCORE.self, ZREMRANGEBYLEX.self,
    ZPOPMIN.self, ZPOPMAX.self, BZPOPMIN.self, BZPOPMAX.self, ZMPOP.self, BZMPOP.self,
    ZUNION.self, ZUNIONSTORE.self, ZINTER.self, ZINTERSTORE.self, ZINTERCARD.self, ZDIFF.self, ZDIFFSTORE.self,
    ZRANGESTORE.self, ZRANDMEMBER.self, ZSCAN.self,

    // Strings
    APPEND.self, STRLEN.self, DELIFEQ.self, GET.self, GETDEL.self, GETEX.self, GETRANGE.self, SUBSTR.self,
    SETRANGE.self, INCR.self, DECR.self, INCRBY.self, DECRBY.self, INCRBYFLOAT.self, MGET.self, MSET.self,
    MSETNX.self, MSETEX.self, SET.self, SETNX.self, SETEX.self, PSETEX.self, GETSET.self,
]
