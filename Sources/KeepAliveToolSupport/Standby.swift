import KeepAlivePlatform

/// A launcher on this machine that waits as a standby: another machine runs the bot.
package struct Standby {
    /// Who leads, or why this standby cannot, in words.
    package let leader: String

    /// Whether another machine is known to run the bot: a standby that sees no lease may be alone.
    package var isLed: Bool { leader.split(separator: " ").dropFirst().first == "leads" }

    /// Nil if no launcher runs with this state folder, or if it is no standby.
    package init?(stateDirectory: String) {
        guard (try? LockFile.isHeld(path: "\(stateDirectory)/launcher.lock")) == true,
            let file = try? FileDescriptor.openOwn("\(stateDirectory)/launcher.status", flags: O_RDONLY),
            let bytes = try? file.readAll(limit: 16 * 1024)
        else { return nil }
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        guard lines.contains(where: { $0.elementsEqual("state=standby".utf8) }),
            let reason = lines.first(where: { $0.starts(with: "reason=".utf8) })
        else { return nil }
        // A stopped one keeps its lock, but takes no lease.
        if let line = lines.first(where: { $0.starts(with: "launcher=".utf8) }),
            let process = Int32(String(decoding: line.dropFirst(9), as: UTF8.self)),
            ProcessFact.of(process)?.isStopped == true
        {
            leader = "the launcher (process \(process)) is stopped and takes nothing over: kill -CONT \(process)"
        } else {
            leader = String(decoding: reason.dropFirst(7), as: UTF8.self)
        }
    }
}
