import KeepAliveKit
import KeepAlivePlatform

/// `launcher handover`: asks the running launcher to give its lease to a standby on another machine.
struct Handover {
    let statusFile: StatusFile
    /// The launcher holds this lock.
    let lockPath: String
    /// How long the bot and the standby may take.
    var patience = Duration.seconds(900)

    /// Waits for the end of the handover; returns the exit code: 0 only if a standby has the lease.
    func run() -> Int32 {
        guard let status = statusFile.read(), isSupervised else {
            return fail(
                "no launcher is running with the state file \(statusFile.path): start one, or give its --state-dir")
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
        guard let (isDone, words) = wait(for: "R\(request)") else {
            return fail("the launcher ended before the handover did: look at its log")
        }
        guard isDone else { return fail(words) }
        FileDescriptor.print("\(words)\(successor())", to: STDOUT_FILENO)
        return 0
    }

    private func wait(for request: String) -> (isDone: Bool, words: String)? {
        let start = MonotonicTime.now()
        while MonotonicTime.now().since(start) < patience {
            let words = statusFile.read()?.handover.split(separator: " ", maxSplits: 2).map(String.init) ?? []
            if words.count == 3, words[0] == request { return (words[1] == "done", words[2]) }
            guard isSupervised else { return nil }
            OSThread.rest(milliseconds: 5)
        }
        return nil
    }

    /// Who leads now, if that is seen soon.
    private func successor() -> String {
        let start = MonotonicTime.now()
        while MonotonicTime.now().since(start) < .seconds(3) {
            if let status = statusFile.read(), status.state == "standby",
                status.reason.split(separator: " ").dropFirst().first == "leads"
            {
                return ": \(status.reason)"
            }
            OSThread.rest(milliseconds: 20)
        }
        return ""
    }

    private var isSupervised: Bool { (try? LockFile.isHeld(path: lockPath)) ?? false }

    private func fail(_ words: String) -> Int32 {
        FileDescriptor.print("launcher: \(words)", to: STDERR_FILENO)
        return 1
    }
}
