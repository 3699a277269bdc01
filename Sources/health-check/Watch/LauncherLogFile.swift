import KeepAlivePlatform

/// The log that a launcher on this machine has open.
struct LauncherLogFile {
    let process: Int32

    /// Enough for the highest window.
    private static let most: Int64 = 64 * 1024

    /// Its last lines; a sentence if it cannot be read.
    func lines() -> [String] {
        let folder = "/proc/\(process)/fd"
        guard let names = FileSystem.names(in: folder) else {
            return ["process \(process), the launcher, belongs to another user: run this as root or as that user"]
        }
        for name in names {
            guard let path = FileSystem.link("\(folder)/\(name)"), path.hasSuffix("/bot_launcher.log") else { continue }
            do throws(Errno) {
                let file = try FileDescriptor.open(path, flags: O_RDONLY | O_NONBLOCK)
                let size = try FileStatus(file).size
                let start = max(0, Int64(size) - Self.most)
                let bytes = try file.read(at: start, count: Int(min(Int64(size), Self.most)))
                var lines = bytes.split(separator: 0x0A)
                // The first one may be the end of a line.
                if start > 0, !lines.isEmpty { lines.removeFirst() }
                return lines.map { String(decoding: $0, as: UTF8.self) }
            } catch {
                return ["\(path) cannot be read: \(error.message)"]
            }
        }
        return ["process \(process), the launcher, has no bot_launcher.log open"]
    }
}
