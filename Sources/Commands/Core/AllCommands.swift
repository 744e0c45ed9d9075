// The list of commands. A command that is not listed does not exist.

/// All commands of this module, in no particular order.
package let dataCommands: [any Command.Type] = [
    // Generic
    DEL.self, UNLINK.self, EXISTS.self, TOUCH.self, TYPE.self, EXPIRE.self, PEXPIRE.self, EXPIREAT.self,
    PEXPIREAT.self, TTL.self, PTTL.self, EXPIRETIME.self, PEXPIRETIME.self, PERSIST.self, RENAME.self, RENAMENX.self,
    KEYS.self, RANDOMKEY.self, DBSIZE.self, SCAN.self, FLUSHDB.self, FLUSHALL.self,
    // Strings
    APPEND.self, STRLEN.self, DELIFEQ.self, GET.self, GETDEL.self, GETEX.self, GETRANGE.self, SUBSTR.self,
    SETRANGE.self, INCR.self, DECR.self, INCRBY.self, DECRBY.self, INCRBYFLOAT.self, MGET.self, MSET.self,
    MSETNX.self, MSETEX.self, SET.self, SETNX.self, SETEX.self, PSETEX.self, GETSET.self,
]
