import KeepAlivePlatform
import KeepAliveSQLite

extension ConfigurationSection {
    /// A file that can be made or is there, in a folder that is.
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

    /// A file that is not ours is found before anything is done. A passing shortage is nobody's mistake: it shows again later.
    func inspect(_ path: String, _ key: String) {
        guard path != ":memory:" else { return }
        do {
            _ = try DatabaseFile.inspect(path, for: HistorySchema.mark)
        } catch  where error.kind != .shortage {
            refuse(key, error.words)
        } catch {}
    }
}
