import KeepAliveKit
import KeepAlivePlatform

/// `launcher status`: shows the state of a folder's bot, from its launcher's status file.
struct StatusCommand {
    let statusFile: StatusFile
    /// The launcher holds this lock. Without a holder the status file is left from a killed launcher.
    let lockPath: String
    let isJSON: Bool

    /// Prints the status; returns the exit code: 0 while the bot runs or a standby waits.
    func run() -> Int32 {
        let isSupervised: Bool
        do {
            isSupervised = try LockFile.isHeld(path: lockPath)
        } catch {
            FileDescriptor.complain("launcher: \(lockPath): \(error.message)")
            return 1
        }
        let report = Self.report(statusFile.read(), isSupervised: isSupervised, path: statusFile.path)
        FileDescriptor.print(isJSON ? report.json : report.text, to: STDOUT_FILENO)
        return report.isWell ? 0 : 1
    }

    /// The displayed status.
    struct Report: Equatable {
        var state: String
        var since: WallTime?
        var processID: Int32?
        var restarts: Int?
        var nextStart: WallTime?
        var reason: String?
        /// The lease's name, and the number of the term in which this machine leads.
        var lease: String?
        var epoch: Int64?

        var isWell: Bool { processID != nil || state == "standby" }

        var text: String {
            ([
                ("state", state), ("since", since?.iso8601), ("pid", processID.map(String.init)),
                ("restarts", restarts.map(String.init)), ("next start", nextStart?.iso8601), ("reason", reason),
            ] + leaseLines).map { name, value in
                "\(name):" + String(repeating: " ", count: 12 - name.utf8.count) + (value ?? "-")
            }.joined(separator: "\n")
        }

        private var leaseLines: [(String, String?)] {
            guard let lease else { return [] }
            return [("lease", lease), ("epoch", epoch.map(String.init))]
        }

        var json: String {
            var bytes: [UInt8] = []
            let fields: [(String, String?, isText: Bool)] =
                [
                    ("state", state, true), ("since", since?.iso8601, true), ("pid", processID.map(String.init), false),
                    ("restarts", restarts.map(String.init), false), ("next_start", nextStart?.iso8601, true),
                    ("reason", reason, true),
                ] + (lease == nil ? [] : [("lease", lease, true), ("epoch", epoch.map(String.init), false)])
            for (name, value, isText) in fields {
                bytes.append(bytes.isEmpty ? "{" : ",")
                bytes.appendJSON(name)
                bytes.append(":")
                if let value, isText { bytes.appendJSON(value) } else { bytes += Array((value ?? "null").utf8) }
            }
            bytes.append("}")
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// The report for a status. Pure.
    static func report(_ status: StatusFile.Status?, isSupervised: Bool, path: String) -> Report {
        guard let status else {
            let reason =
                isSupervised
                ? "the launcher has not written \(path) yet"
                : "no launcher is running, and \(path) does not exist: start one, or give its --state-dir"
            return Report(state: isSupervised ? "starting" : "stopped", reason: reason)
        }
        var report = Report(
            state: status.state.isEmpty ? "running" : status.state,
            since: status.since > 0 ? WallTime(microseconds: status.since) : nil,
            processID: status.bot > 0 ? status.bot : nil, restarts: status.restarts,
            nextStart: status.nextStart > 0 ? WallTime(microseconds: status.nextStart) : nil,
            reason: status.reason.isEmpty ? nil : status.reason,
            lease: status.lease.isEmpty ? nil : status.lease, epoch: status.epoch > 0 ? status.epoch : nil)
        guard !isSupervised else { return report }
        // A launcher writes "stopped" when it ends.
        if status.state != "stopped" { report.reason = "no launcher is running: the last one was killed" }
        (report.state, report.processID, report.nextStart, report.epoch) = ("stopped", nil, nil, nil)
        return report
    }
}
