// The list of commands. A command that is not listed does not exist.

/// All commands of this module, in no particular order.
package let dataCommands: [any Command.Type] = [
    GET.self,

    // Sorted sets
    ZADD.self, ZINCRBY.self, ZSCORE.self, ZMSCORE.self, ZCARD.self, ZRANK.self, ZREVRANK.self,
    ZRANGE.self, ZREVRANGE.self, ZRANGEBYSCORE.self, ZREVRANGEBYSCORE.self, ZRANGEBYLEX.self, ZREVRANGEBYLEX.self,
    ZCOUNT.self, ZLEXCOUNT.self, ZREM.self, ZREMRANGEBYRANK.self, ZREMRANGEBYSCORE.self, ZREMRANGEBYLEX.self,
    ZPOPMIN.self, ZPOPMAX.self, BZPOPMIN.self, BZPOPMAX.self, ZMPOP.self, BZMPOP.self,
    ZUNION.self, ZUNIONSTORE.self, ZINTER.self, ZINTERSTORE.self, ZINTERCARD.self, ZDIFF.self, ZDIFFSTORE.self,
    ZRANGESTORE.self, ZRANDMEMBER.self, ZSCAN.self,
]
