// Worker+Connections: making connections, opening them with AUTH and the like, and their ends.

import Network
import Memory
import Synchronization

extension Worker {
    mutating func openSome(_ loop: borrowing RunLoop) {
        while opening < Self.openingMax, let next = toOpen.popLast() {
            do throws(SocketError) {
                let id = try loop.connect(to: plan.address)
                adopt(id, group: next.group, number: next.number)
                opening += 1
            } catch {
                return plan.control.fail("cannot connect to \(plan.endpoint.description): \(error.text)")
            }
        }
    }

    private mutating func adopt(_ id: ConnectionID, group: Int, number: UInt64) {
        let slot = id.slot
        if slot >= connectionCapacity {
            let capacity = max(slot + 1, connectionCapacity * 2)
            let larger = UnsafeMutablePointer<Connection>.allocate(capacity: capacity)
            unsafe larger.update(from: connections, count: connectionCapacity)
            unsafe (larger + connectionCapacity).initialize(
                repeating: Connection(), count: capacity - connectionCapacity)
            unsafe connections.deallocate()
            unsafe connections = larger
            connectionCapacity = capacity
        }
        unsafe connections[slot].reset()
        unsafe connections[slot].id = id
        unsafe connections[slot].group = UInt16(group)
        unsafe connections[slot].number = number
        unsafe connections[slot].phase = .connecting
    }

    mutating func didConnect(_ id: ConnectionID, _ loop: borrowing RunLoop) {
        let slot = id.slot
        guard unsafe connections[slot].id == id else { return }
        lastProgressNs = nowNs
        let group = unsafe Int(connections[slot].group)
        unsafe groups[group].renderer.connection = connections[slot].number
        let endpointCommands = plan.endpoint.opening.count
        let replies = unsafe groups[group].openingReplies(endpointCommands: endpointCommands)
        let commandCount = unsafe groups[group].openingCount
        let groups = unsafe groups
        for index in 0..<commandCount {
            unsafe groups[group].renderer.render(groups[group].opening[index], into: &output)
            if index < replies {
                let count = unsafe UInt32(groups[group].opening[index].replyCount)
                unsafe connections[slot].add(command: 0, replies: count, kind: .opening, key: 0, timeNs: nowNs)
            }
        }
        unsafe connections[slot].acknowledgements = groups[group].acknowledgements
        unsafe connections[slot].phase = .opening
        if !output.isEmpty { loop.send(output.takeChain(), to: id) }
        becomeReadyIfOpened(slot, loop)
    }

    mutating func becomeReadyIfOpened(_ slot: Int, _ loop: borrowing RunLoop) {
        guard unsafe connections[slot].phase == .opening, unsafe connections[slot].isQuiet,
            unsafe connections[slot].acknowledgements == 0
        else { return }
        unsafe connections[slot].phase = .ready
        opening -= 1
        ready += 1
        if !toOpen.isEmpty { openSome(loop) }
        if unsafe startNs != 0 && mayIssue(Int(connections[slot].group)) { start(slot, loop) }
    }

    /// One connection per batch: close it and make another.
    mutating func reconnect(_ slot: Int, _ loop: borrowing RunLoop) {
        let (id, group, number) = unsafe (connections[slot].id, Int(connections[slot].group), connections[slot].number)
        loop.close(id)
        unsafe connections[slot].reset()
        ready -= 1
        toOpen.append((group, number))
        openSome(loop)
    }

    mutating func didEnd(_ id: ConnectionID, _ error: Int32, _ loop: borrowing RunLoop) {
        let slot = id.slot
        guard unsafe slot < connectionCapacity && connections[slot].id == id else { return loop.close(id) }
        let reason = error == 0 ? "the server closed the connection" : SocketError(errno: error).text
        switch unsafe connections[slot].phase {
        case .connecting: plan.control.fail("cannot connect to \(plan.endpoint.description): \(reason)")
        case .opening: plan.control.fail("\(plan.endpoint.description): \(reason) while it was being opened")
        default:
            if !isFinished { plan.control.fail("lost a connection to \(plan.endpoint.description): \(reason)") }
        }
        loop.close(id)
        unsafe connections[slot].reset()
    }
}
