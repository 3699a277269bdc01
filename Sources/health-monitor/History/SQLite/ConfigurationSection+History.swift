import KeepAlivePlatform
import KeepAliveSQLite

extension ConfigurationSection {
    /// An existing file, or a new one in an existing folder.
    func databasePath(_ key: String) -> String {
        let path = string(key)
        if FileSystem.isFolder(path) || path.hasSuffix("/") {
            refuse(key, "\(path) is a folder: give the path of a file")
        } else {
            let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
            if FileSystem.isFolder(folder) {
                inspect(path, key)
            } else {
                refuse(key, "\(folder) is not a folder: create it, or give another path")
            }
        }
        return path
    }

    /// Rejects another program's file before any work. A temporary shortage is no configuration error: it shows again
    /// later.
    func inspect(_ path: String, _ key: String) {
        guard path != ":memory:" else { return }
        do {
            _ = try DatabaseFile.inspect(path, for: HistorySchema.mark)
        } catch  where error.kind != .shortage {
            refuse(key, error.words)
        } catch {}
    }
}
