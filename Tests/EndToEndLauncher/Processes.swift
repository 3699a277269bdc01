import Foundation
import KeepAliveTestSupport

/// Looks at processes that are not children of the test.
enum Processes {
    /// Returns whether a process has ended; awaits it, and gives up after a time in which it surely would have.
    static func end(of processID: Int32) async -> Bool {
        for _ in 0..<3000 {
            if isGone(processID) { return true }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    /// A zombie is gone too: whoever adopts orphans may be slow, or reap none.
    static func isGone(_ processID: Int32) -> Bool {
        guard kill(processID, 0) == 0 else { return true }
        guard let stat = try? String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8),
            let end = stat.lastIndex(of: ")")
        else { return kill(processID, 0) != 0 }
        return stat[stat.index(end, offsetBy: 2)] == "Z"
    }

    /// The first child of a process.
    static func child(of processID: Int32) -> Int32? {
        let path = "/proc/\(processID)/task/\(processID)/children"
        return (try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: " ").first.flatMap { Int32($0) }
    }
}
