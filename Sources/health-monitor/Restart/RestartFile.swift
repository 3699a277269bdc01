import KeepAliveKit
import KeepAlivePlatform

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
/// The file `restart_backoff.json`.
struct RestartFile: Sendable {
    private let folder: String
    private let log: Log

    init(folder: String, log: Log) {
        self.folder = folder
        self.log = log
    }

    private var path: String { folder + "/restart_backoff.json" }

    /// Reads the schedule; an unreadable file is set aside and logged.
    func load() -> RestartSchedule {
        do throws(Errno) {
            let file = try FileDescriptor.openOwn(path, flags: O_RDONLY)
            let text = try file.readAll(limit: 1 << 20)
            if let schedule = try? JSONDecoder().decode(RestartSchedule.self, from: Data(text)) { return schedule }
            let aside = path + ".damaged"
            let words = (try? FileSystem.move(path, to: aside)) != nil ? "moved to \(aside)" : "left where it is"
            log(.warning, "\(path) is damaged and was \(words); restart delays return to 10 s")
        } catch {
            if error.isNotFound { return RestartSchedule() }
            log(.warning, "\(path) cannot be read (\(error)); restart delays return to 10 s")
        }
        return RestartSchedule()
    }

    /// Replaces the file atomically: a kill or power cut leaves the old one.
    func save(_ schedule: RestartSchedule) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        do {
            try AtomicFile.write(Array(encoder.encode(schedule)), to: path)
        } catch {
            log(.error, "\(path) cannot be written (\(error)); restart delays are kept in memory only")
        }
    }
}
