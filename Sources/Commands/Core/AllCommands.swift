// The list of commands. A command that is not listed does not exist.

/// All commands of this module, in no particular order.
package let dataCommands: [any Command.Type] = [
    GET.self,
]
