import KeepAliveKit
import KeepAlivePlatform

/// `launcher handover`: asks the running launcher to give its lease to a standby on another machine.
struct Handover {
    let running: RunningLauncher
    /// How long the launcher may take to answer: it is beside this program, and only reads a message.
    private static let answer = Duration.seconds(5)

    /// Waits for the end of the handover; returns the exit code: 0 only if a standby has the lease.
    func run() -> Int32 {
        let status: StatusFile.Status
        do {
            status = try running.status()
        } catch {
            return fail(error.description)
        }
        guard !status.lease.isEmpty else {
            return fail("this launcher has no lease to hand over: set LEASE_URL, and restart it")
        }
        let request = "\(getpid())_\(MonotonicTime.now().nanoseconds)"
        do {
            try DatagramSocket(sendingTo: status.notify).send("X_KEEPALIVE_HANDOVER=R\(request)")
        } catch {
            return fail("the launcher cannot be asked (\(error.message)): run this as the user of the launcher")
        }
        let (isDone, words) = wait(for: "R\(request)", of: status.launcher)
        guard isDone else { return fail(words) }
        FileDescriptor.print("\(words)\(successor())", to: STDOUT_FILENO)
        return 0
    }

    /// Waits as long as the launcher says that its next step takes.
    private func wait(for request: String, of launcher: Int32) -> (isDone: Bool, words: String) {
        var since = MonotonicTime.now()
        var limit = Self.answer
        while MonotonicTime.now().since(since) < limit {
            switch HandoverLog.outcome(of: request, in: running.statusFile.read()?.handover ?? "") {
            case .done(let words): return (true, words)
            case .failed(let words): return (false, words)
            case .waits(let seconds):
                let step = Duration.seconds(min(max(seconds, 0), 86_400)) + Self.answer
                if step != limit { (since, limit) = (.now(), step) }
            case nil: break
            }
            guard running.isRunning else {
                return (false, "the launcher ended before the handover did: look at its log")
            }
            OSThread.rest(milliseconds: 5)
        }
        return (
            false,
            "the launcher (process \(launcher)) has not reacted for \(limit.inWords); it may be stopped or hang: look "
                + "at its log, and at `launcher status` on the other machine"
        )
    }

    /// Who leads now, if that is seen soon.
    private func successor() -> String {
        let start = MonotonicTime.now()
        while MonotonicTime.now().since(start) < .seconds(3) {
            if let status = running.statusFile.read(), status.state == "standby",
                status.reason.split(separator: " ").dropFirst().first == "leads"
            {
                return ": \(status.reason)"
            }
            OSThread.rest(milliseconds: 20)
        }
        return ""
    }

    private func fail(_ words: String) -> Int32 {
        FileDescriptor.complain("launcher: \(words)")
        return 1
    }
}
