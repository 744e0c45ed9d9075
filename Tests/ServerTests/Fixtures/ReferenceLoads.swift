// What Valkey 9.1.2 says of broken configurations, recorded from the running server.

/// A configuration on the standard input (nil: none), options, and the error's line, text and reason.
struct RefusedLoad: Sendable {
    let text: String?
    let options: [String]
    let line: Int
    let shown: String
    let reason: String

    init(_ text: String?, _ options: [String], _ line: Int, _ shown: String, _ reason: String) {
        (self.text, self.options, self.line, self.shown, self.reason) = (text, options, line, shown, reason)
    }
}

let referenceLoads: [RefusedLoad] = [
    RefusedLoad("x", [], 1, "x", "Bad directive or wrong number of arguments"),
    RefusedLoad("port 1\n#c\n\n  nosuch  a \n", [], 4, "nosuch  a", "Bad directive or wrong number of arguments"),
    RefusedLoad("port \"1\n", [], 1, "port \"1", "Unbalanced quotes in configuration line"),
    RefusedLoad("port \"\\x3z\"x", [], 1, "port \"\\x3z\"x", "argument couldn't be parsed into an integer"),
    RefusedLoad("port 'a\\'b'", [], 1, "port 'a\\'b'", "argument couldn't be parsed into an integer"),
    RefusedLoad("hz 5\nPORT 1\nNoSuch A", [], 3, "NoSuch A", "Bad directive or wrong number of arguments"),
    RefusedLoad("include a b", [], 1, "include a b", "Bad directive or wrong number of arguments"),
    RefusedLoad("port 1 #2", [], 1, "port 1 #2", "wrong number of arguments"),
    RefusedLoad("save 0 1", [], 1, "save 0 1", "Invalid save parameters"),
    RefusedLoad("save 1 -1", [], 1, "save 1 -1", "Invalid save parameters"),
    RefusedLoad("save \"\" \"\"", [], 1, "save \"\" \"\"", "Invalid save parameters"),
    RefusedLoad(
        "bind 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", [], 1, "bind 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17",
        "Too many bind addresses specified."),
    RefusedLoad(
        "client-output-buffer-limit normal a 1 1", [], 1, "client-output-buffer-limit normal a 1 1",
        "Error in hard, soft or soft_seconds setting in buffer limit configuration."),
    RefusedLoad(
        "client-output-buffer-limit normal 1 1 a", [], 1, "client-output-buffer-limit normal 1 1 a",
        "Error in hard, soft or soft_seconds setting in buffer limit configuration."),
    RefusedLoad(
        "client-output-buffer-limit primary 1 1 1", [], 1, "client-output-buffer-limit primary 1 1 1",
        "Invalid client class specified in buffer limit configuration."),
    RefusedLoad(
        "client-output-buffer-limit normal 1 1 1 replica 2 2 2\nx", [], 2, "x",
        "Bad directive or wrong number of arguments"),
    RefusedLoad(
        "client-output-buffer-limit normal 1 1 -1", [], 1, "client-output-buffer-limit normal 1 1 -1",
        "Error in hard, soft or soft_seconds setting in buffer limit configuration."),
    RefusedLoad("maxclients 0", [], 1, "maxclients 0", "argument must be between 1 and 4294967295 inclusive"),
    RefusedLoad("availability-zone \"a\"b\nx", [], 2, "x", "Bad directive or wrong number of arguments"),
    RefusedLoad(
        "availability-zone \"a\" \"b", [], 1, "availability-zone \"a\" \"b",
        "Unbalanced quotes in configuration line"),
    RefusedLoad("availability-zone a\"b\"\nx", [], 2, "x", "Bad directive or wrong number of arguments"),
    RefusedLoad(
        "availability-zone a\"b\nx", [], 1, "availability-zone a\"b",
        "Unbalanced quotes in configuration line"),
    RefusedLoad(" # \n\t# x\n\rx\n", [], 3, "x", "Bad directive or wrong number of arguments"),
    RefusedLoad("\"port\" 1\nx", [], 2, "x", "Bad directive or wrong number of arguments"),
    RefusedLoad("'port' 1\nx", [], 2, "x", "Bad directive or wrong number of arguments"),
    RefusedLoad("port", [], 1, "port", "wrong number of arguments"),
    RefusedLoad(
        "maxmemory-clients 200%", [], 1, "maxmemory-clients 200%",
        "percentage argument must be less or equal to 100"),
    RefusedLoad("unixsocketperm 1000", [], 1, "unixsocketperm 1000", "argument must be between 0 and 777 inclusive"),
    RefusedLoad("unixsocketperm 8", [], 1, "unixsocketperm 8", "argument couldn't be parsed as an octal number"),
    RefusedLoad(
        "latency-tracking-info-percentiles a", [], 1, "latency-tracking-info-percentiles a",
        "Invalid latency-tracking-info-percentiles parameters"),
    RefusedLoad(
        "latency-tracking-info-percentiles 50 101", [], 1, "latency-tracking-info-percentiles 50 101",
        "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]"),
    RefusedLoad(
        "shutdown-on-sigint", [], 1, "shutdown-on-sigint",
        "argument(s) must be one of the following: default, save, nosave, now, force, safe, failover"),
    RefusedLoad(
        "shutdown-on-sigint nosave save", [], 1, "shutdown-on-sigint nosave save",
        "shutdown options SAVE and NOSAVE can't be used simultaneously"),
    RefusedLoad("replicaof", [], 1, "replicaof", "wrong number of arguments"),
    RefusedLoad("replicaof a 99999", [], 1, "replicaof a 99999", "Invalid primary port"),
    RefusedLoad("oom-score-adj-values 1 2", [], 1, "oom-score-adj-values 1 2", "wrong number of arguments"),
    RefusedLoad(
        "oom-score-adj-values 1 2 a", [], 1, "oom-score-adj-values 1 2 a",
        "Invalid oom-score-adj-values, elements must be between -2000 and 2000."),
    RefusedLoad(
        "oom-score-adj-values 1 2 3000", [], 1, "oom-score-adj-values 1 2 3000",
        "Invalid oom-score-adj-values, elements must be between -2000 and 2000."),
    RefusedLoad(
        "notify-keyspace-events AB", [], 1, "notify-keyspace-events AB",
        "Invalid event class character. Use 'Ag$lshzxeKEtmdn'."),
    RefusedLoad("notify-keyspace-events A B", [], 1, "notify-keyspace-events A B", "wrong number of arguments"),
    RefusedLoad("dir \"\"", [], 1, "dir \"\"", "dir can't be empty"),
    RefusedLoad(
        "proto-max-bulk-len 1kb", [], 1, "proto-max-bulk-len 1kb",
        "argument must be between 1048576 and 9223372036854775807 inclusive"),
    RefusedLoad("proto-max-bulk-len 1tb", [], 1, "proto-max-bulk-len 1tb", "argument must be a memory value"),
    RefusedLoad("rename-command a", [], 1, "rename-command a", "Bad directive or wrong number of arguments"),
    RefusedLoad("rename-command nosuch x", [], 1, "rename-command nosuch x", "No such command in rename-command"),
    RefusedLoad("rename-command GET set", [], 1, "rename-command GET set", "Target command name already exists"),
    RefusedLoad(
        "rename-command get \"\"\nrename-command get x", [], 2, "rename-command get x",
        "No such command in rename-command"),
    RefusedLoad("loadmodule", [], 1, "loadmodule", "Bad directive or wrong number of arguments"),
    RefusedLoad("user", [], 1, "user", "Bad directive or wrong number of arguments"),
    RefusedLoad("sentinel a", [], 1, "sentinel a", "sentinel directive while not in sentinel mode"),
    RefusedLoad("io-threads-do-reads\n", [], 1, "io-threads-do-reads", "Bad directive or wrong number of arguments"),
    RefusedLoad("io-threads-do-reads yes\nx", [], 2, "x", "Bad directive or wrong number of arguments"),
    RefusedLoad("loglevel notice debug", [], 1, "loglevel notice debug", "wrong number of arguments"),
    RefusedLoad(
        "log-format x", [], 1, "log-format x",
        "argument(s) must be one of the following: legacy, logfmt, json"),
    RefusedLoad("appendfilename \"\"", [], 1, "appendfilename \"\"", "appendfilename can't be empty"),
    RefusedLoad("dbfilename \"\"", [], 1, "dbfilename \"\"", "dbfilename can't be empty"),
    RefusedLoad(
        "client-query-buffer-limit 1", [], 1, "client-query-buffer-limit 1",
        "argument must be between 1048576 and 9223372036854775807 inclusive"),
    RefusedLoad("\"\"\n", [], 1, "\"\"", "Bad directive or wrong number of arguments"),
    RefusedLoad("include", [], 1, "include", "Bad directive or wrong number of arguments"),
    RefusedLoad("timeout -1", [], 1, "timeout -1", "argument must be between 0 and 2147483647 inclusive"),
    RefusedLoad("timeout 01", [], 1, "timeout 01", "argument couldn't be parsed into an integer"),
    RefusedLoad("timeout \"1 \"", [], 1, "timeout \"1 \"", "argument couldn't be parsed into an integer"),
    RefusedLoad("protected-mode YES\nx", [], 2, "x", "Bad directive or wrong number of arguments"),
    RefusedLoad("loglevel NOTICE\nx", [], 2, "x", "Bad directive or wrong number of arguments"),
    RefusedLoad("bind\nx", [], 2, "x", "Bad directive or wrong number of arguments"),
    RefusedLoad("bind \"\"\nx", [], 2, "x", "Bad directive or wrong number of arguments"),
    RefusedLoad("save\nx", [], 2, "x", "Bad directive or wrong number of arguments"),
    RefusedLoad("client-output-buffer-limit\nx", [], 2, "x", "Bad directive or wrong number of arguments"),
    RefusedLoad("save \"\"\nx", [], 2, "x", "Bad directive or wrong number of arguments"),
    RefusedLoad("hz 0\nhz 100000\nx", [], 3, "x", "Bad directive or wrong number of arguments"),
    RefusedLoad("port\u{b}1\u{b}x", [], 1, "port\u{b}1\u{b}x", "Bad directive or wrong number of arguments"),
    RefusedLoad(nil, ["--nosuch"], 2, "nosuch", "Bad directive or wrong number of arguments"),
    RefusedLoad(nil, ["--nosuch", "1"], 2, "nosuch \"1\"", "Bad directive or wrong number of arguments"),
    RefusedLoad(nil, ["--port"], 2, "port", "wrong number of arguments"),
    RefusedLoad(nil, ["--port", "abc"], 2, "port \"abc\"", "argument couldn't be parsed into an integer"),
    RefusedLoad(nil, ["--port", "70000"], 2, "port \"70000\"", "argument must be between 0 and 65535 inclusive"),
    RefusedLoad(nil, ["--port=6380"], 2, "port=6380", "Bad directive or wrong number of arguments"),
    RefusedLoad(nil, ["--port", "1", "--port", "2", "3"], 3, "port \"2\" \"3\"", "wrong number of arguments"),
    RefusedLoad(nil, ["-x"], 2, "\"-x\"", "Bad directive or wrong number of arguments"),
    RefusedLoad(nil, ["--port", "\""], 2, "port \"\\\"\"", "argument couldn't be parsed into an integer"),
    RefusedLoad(nil, ["--hz", "--hz"], 2, "hz \"--hz\"", "argument couldn't be parsed into an integer"),
    RefusedLoad(nil, ["--save", "--nosuch"], 3, "nosuch", "Bad directive or wrong number of arguments"),
    RefusedLoad(nil, ["--save", "", "--nosuch"], 3, "nosuch", "Bad directive or wrong number of arguments"),
    RefusedLoad(nil, ["--port 1 2"], 2, "port 1 2", "wrong number of arguments"),
    RefusedLoad(nil, ["--port 1", "--hz", "abc"], 3, "hz \"abc\"", "argument couldn't be parsed into an integer"),
    RefusedLoad(nil, ["--hz", "1", "2"], 2, "hz \"1\" \"2\"", "wrong number of arguments"),
    RefusedLoad(
        nil, ["--hz", "a\u{1}\nb\u{e9}"], 2, "hz \"a\\x01\\nb\\xc3\\xa9\"",
        "argument couldn't be parsed into an integer"),
    RefusedLoad(nil, ["--", "a"], 2, "\"a\"", "Bad directive or wrong number of arguments"),
    RefusedLoad(nil, ["--hz", "10", "--", "x"], 3, "\"x\"", "Bad directive or wrong number of arguments"),
    RefusedLoad(nil, ["--SAVE", "--nosuch"], 3, "nosuch", "Bad directive or wrong number of arguments"),
    RefusedLoad(nil, ["--save", "--save", "--nosuch"], 4, "nosuch", "Bad directive or wrong number of arguments"),
    RefusedLoad(nil, ["--bind", "--nosuch", "--nosuch"], 3, "nosuch", "Bad directive or wrong number of arguments"),
    RefusedLoad(nil, ["--hz", "10", "", "x"], 2, "hz \"10\" \"\" \"x\"", "wrong number of arguments"),
    RefusedLoad("port 1", ["--nosuch", "1"], 2, "nosuch \"1\"", "Bad directive or wrong number of arguments"),
    RefusedLoad("port 1\n", ["--nosuch", "1"], 3, "nosuch \"1\"", "Bad directive or wrong number of arguments"),
    RefusedLoad("", ["nosuchcc", "1"], 2, "\"nosuchcc\" \"1\"", "Bad directive or wrong number of arguments"),
    RefusedLoad("", ["-h"], 2, "\"-h\"", "Bad directive or wrong number of arguments"),
]

/// Pairs of CONFIG SET and the reply, without `-ERR `.
let referenceSets: [(pairs: [String], reply: String)] = [
    (["nosuch", "1"], "Unknown option or number of arguments for CONFIG SET - 'nosuch'"),
    (["NOsuch", "1"], "Unknown option or number of arguments for CONFIG SET - 'NOsuch'"),
    (["hz", "1", "nosuch", "1"], "Unknown option or number of arguments for CONFIG SET - 'nosuch'"),
    (["hz", "1", "HZ", "2"], "CONFIG SET failed (possibly related to argument 'HZ') - duplicate parameter"),
    (
        ["hz", "a", "daemonize", "no"],
        "CONFIG SET failed (possibly related to argument 'daemonize') - "
            + "can't set immutable config"
    ),
    (
        ["daemonize", "no", "nosuch", "1"],
        "CONFIG SET failed (possibly related to argument 'daemonize') - "
            + "can't set immutable config"
    ),
    (["nosuch", "1", "daemonize", "no"], "Unknown option or number of arguments for CONFIG SET - 'nosuch'"),
    (["zset-max-ziplist-value", "1", "zset-max-listpack-value", "2"], "OK"),
    (
        ["zset-max-ziplist-value", "a"],
        "CONFIG SET failed (possibly related to argument 'zset-max-ziplist-value') - "
            + "argument must be a memory value"
    ),
    (
        ["timeout", "5", "hz", "x"],
        "CONFIG SET failed (possibly related to argument 'hz') - "
            + "argument couldn't be parsed into an integer"
    ),
    (
        ["PORT", "x"],
        "CONFIG SET failed (possibly related to argument 'port') - "
            + "argument couldn't be parsed into an integer"
    ),
    (
        ["port", "-1"],
        "CONFIG SET failed (possibly related to argument 'port') - "
            + "argument must be between 0 and 65535 inclusive"
    ),
    (["dir", "/"], "CONFIG SET failed (possibly related to argument 'dir') - can't set protected config"),
    (["Dir", "/"], "CONFIG SET failed (possibly related to argument 'Dir') - can't set protected config"),
    (
        ["dbfilename", "x"],
        "CONFIG SET failed (possibly related to argument 'dbfilename') - "
            + "can't set protected config"
    ),
    (["DATABASES", "4"], "CONFIG SET failed (possibly related to argument 'DATABASES') - can't set immutable config"),
    (
        ["maxmemory", "10%"],
        "CONFIG SET failed (possibly related to argument 'maxmemory') - "
            + "argument must be a memory value"
    ),
    (
        ["maxmemory", "-1"],
        "CONFIG SET failed (possibly related to argument 'maxmemory') - "
            + "argument must be a memory value"
    ),
    (
        ["maxmemory-clients", "200%"],
        "CONFIG SET failed (possibly related to argument 'maxmemory-clients') - "
            + "percentage argument must be less or equal to 100"
    ),
    (["save", "1 2 3"], "CONFIG SET failed (possibly related to argument 'save') - Invalid save parameters"),
    (["save", "1"], "CONFIG SET failed (possibly related to argument 'save') - Invalid save parameters"),
    (
        ["client-output-buffer-limit", "normal 1 2"],
        "CONFIG SET failed (possibly related to argument 'client-output-buffer-limit') - "
            + "Wrong number of arguments in buffer limit configuration."
    ),
    (
        ["client-output-buffer-limit", "normal  1 2 3"],
        "CONFIG SET failed (possibly related to argument 'client-output-buffer-limit') - "
            + "Wrong number of arguments in buffer limit configuration."
    ),
    (
        ["client-output-buffer-limit", "x 1 2 3"],
        "CONFIG SET failed (possibly related to argument 'client-output-buffer-limit') - "
            + "Invalid client class specified in buffer limit configuration."
    ),
    (["client-output-buffer-limit", ""], "OK"),
    (["client-output-buffer-limit", "normal 1kb 2 3 replica 1 2 3"], "OK"),
    (
        ["shutdown-on-sigint", ""],
        "CONFIG SET failed (possibly related to argument 'shutdown-on-sigint') - "
            + "argument(s) must be one of the following: default, save, nosave, now, force, safe, failover"
    ),
    (
        ["shutdown-on-sigint", "nosave save"],
        "CONFIG SET failed (possibly related to argument 'shutdown-on-sigint') - "
            + "shutdown options SAVE and NOSAVE can't be used simultaneously"
    ),
    (
        ["latency-tracking-info-percentiles", "101"],
        "CONFIG SET failed (possibly related to argument 'latency-tracking-info-percentiles') - "
            + "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]"
    ),
    (
        ["oom-score-adj-values", "1 2"],
        "CONFIG SET failed (possibly related to argument 'oom-score-adj-values') - "
            + "wrong number of arguments"
    ),
    (
        ["proc-title-template", ""],
        "CONFIG SET failed (possibly related to argument 'proc-title-template') - "
            + "template format is invalid or contains unknown variables"
    ),
    (
        ["hz", ""],
        "CONFIG SET failed (possibly related to argument 'hz') - "
            + "argument couldn't be parsed into an integer"
    ),
    (
        ["hz", " 10"],
        "CONFIG SET failed (possibly related to argument 'hz') - "
            + "argument couldn't be parsed into an integer"
    ),
    (
        ["hz", "+10"],
        "CONFIG SET failed (possibly related to argument 'hz') - "
            + "argument couldn't be parsed into an integer"
    ),
    (["hz", "1000"], "OK"),
    (["loglevel", "NOTICE"], "OK"),
    (
        ["loglevel", "x"],
        "CONFIG SET failed (possibly related to argument 'loglevel') - "
            + "argument(s) must be one of the following: debug, verbose, notice, warning, nothing"
    ),
    (["lazyfree-lazy-expire", "YES"], "OK"),
    (
        ["notify-keyspace-events", "Q"],
        "CONFIG SET failed (possibly related to argument 'notify-keyspace-events') - "
            + "Invalid event class character. Use 'Ag$lshzxeKEtmdn'."
    ),
    (
        ["appendonly", "maybe"],
        "CONFIG SET failed (possibly related to argument 'appendonly') - "
            + "argument must be 'yes' or 'no'"
    ),
    (
        ["maxclients", "0"],
        "CONFIG SET failed (possibly related to argument 'maxclients') - "
            + "argument must be between 1 and 4294967295 inclusive"
    ),
    (["logfile", "x"], "CONFIG SET failed (possibly related to argument 'logfile') - can't set immutable config"),
    (
        ["hash-max-listpack-entries", "99999999999999999999"],
        "CONFIG SET failed (possibly related to argument 'hash-max-listpack-entries') - "
            + "argument couldn't be parsed into an integer"
    ),
    (["requirepass", "a b"], "OK"),
    (
        ["bind", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17"],
        "CONFIG SET failed (possibly related to argument 'bind') - "
            + "Too many bind addresses specified."
    ),
]
