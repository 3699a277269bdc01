import Foundation
import KeepAliveKit
import KeepAliveTestSupport
import KeepAliveToolSupport
import Synchronization

/// A service manager's notify socket: what the launcher tells systemd.
final class ManagerSocket: Sendable {
    let path: String
    /// Every assignment as it came.
    let assignments = EventLog<String>()
    private let isOver: Flag

    private final class Flag: Sendable {
        let value = Atomic(false)
    }

    init(in folder: TemporaryDirectory) throws {
        path = folder.file("manager").path
        let (path, assignments, isOver) = (path, assignments, Flag())
        self.isOver = isOver
        let socket = Box(try NotifyListener(path: path))
        Thread.detachNewThread {
            while !isOver.value.load(ordering: .relaxed) {
                var entry = pollfd(fd: socket.listener.raw, events: Int16(POLLIN), revents: 0)
                guard poll(&entry, 1, 100) > 0 else { continue }
                for message in socket.listener.drain() {
                    for (name, value) in message.assignments { assignments.append("\(name)=\(value)") }
                }
            }
        }
    }

    deinit { isOver.value.store(true, ordering: .relaxed) }

    /// Returns once an assignment that begins like this has come.
    @discardableResult
    func wait(for prefix: String) async throws -> String {
        let assignments = assignments
        return try await SafetyTimeout.run(.seconds(60)) {
            try await assignments.first { $0.hasPrefix(prefix) }
        } otherwise: {
            "no \(prefix) in \(assignments.elements)"
        }
    }

    // The thread alone uses it.
    private final class Box: @unchecked Sendable {
        let listener: NotifyListener

        init(_ listener: NotifyListener) { self.listener = listener }
    }
}
