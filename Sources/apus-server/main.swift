import Server

#if canImport(Glibc)
    import Glibc
#endif

exit(ApusServer.run(arguments: Array(CommandLine.arguments.dropFirst())))
