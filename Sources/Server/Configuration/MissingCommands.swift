// The reference's commands that this version does not have. `rename-command` may hide them, which asks for nothing.
// Invariant: none of them is a command of the server.

extension Missing {
    /// Their names.
    package static let commands = Set(
        """
        acl asking bgrewriteaof bgsave bitcount bitfield bitfield_ro bitop bitpos blmove blmpop blpop brpop \
        brpoplpush cluster clusterscan dump eval eval_ro evalsha evalsha_ro failover fcall fcall_ro function geoadd \
        geodist geohash geopos georadius georadius_ro georadiusbymember georadiusbymember_ro geosearch geosearchstore \
        getbit hdel hexists hexpire hexpireat hexpiretime hget hgetall hgetdel hgetex hincrby hincrbyfloat hkeys hlen \
        hmget hmset hpersist hpexpire hpexpireat hpexpiretime hpttl hrandfield hscan hset hsetex hsetnx hstrlen httl \
        hvals lcs lindex linsert llen lmove lmpop lpop lpos lpush lpushx lrange lrem lset ltrim migrate module pfadd \
        pfcount pfdebug pfmerge pfselftest psubscribe psync publish pubsub punsubscribe replconf replicaof restore \
        restore-asking rpop rpoplpush rpush rpushx sadd save scard script sdiff sdiffstore setbit sinter sintercard \
        sinterstore sismember slaveof smembers smismember smove sort sort_ro spop spublish srandmember srem sscan \
        ssubscribe subscribe sunion sunionstore sunsubscribe sync unsubscribe xack xadd xautoclaim xclaim xdel xgroup \
        xinfo xlen xpending xrange xread xreadgroup xrevrange xsetid xtrim
        """.split(separator: " ").map(String.init))
}
