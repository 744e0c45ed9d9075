// The executable: its arguments go to the server, whose exit code is its own.

import Glibc
import Server

exit(ApusServer.run(arguments: Array(CommandLine.arguments.dropFirst())))
