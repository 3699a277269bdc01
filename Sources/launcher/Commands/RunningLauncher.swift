import KeepAliveKit
import KeepAlivePlatform

/// The launcher of a state folder, for the commands that ask it for something.
struct RunningLauncher {
    let statusFile: StatusFile
    /// The launcher holds this lock. Without a holder the status file is left from a killed launcher.
    let lockPath: String

    /// Why there is no launcher, and what to do.
    struct Absence: Error, CustomStringConvertible {
        let description: String
    }

    /// Whether it runs.
    var isRunning: Bool { (try? LockFile.isHeld(path: lockPath)) ?? false }

    /// Its status.
    func status() throws(Absence) -> StatusFile.Status {
        let isHeld: Bool
        do throws(Errno) {
            isHeld = try LockFile.isHeld(path: lockPath)
        } catch {
            throw Absence(
                description: "\(lockPath): \(error.message)"
                    + (error.isDenied ? ": run this as the user of the launcher, or as root" : ""))
        }
        guard isHeld, let status = statusFile.read() else {
            throw Absence(
                description: "no launcher is running with the state file \(statusFile.path): start one, or give its "
                    + "--state-dir")
        }
        return status
    }
}
