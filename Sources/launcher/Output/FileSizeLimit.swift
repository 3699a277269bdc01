import KeepAlivePlatform

/// How large a file of this process may become (`ulimit -f`, getrlimit(2)).
enum FileSizeLimit {
    /// The bytes that a file of this size may still grow by.
    static func room(behind size: Int) -> Int {
        var limit = rlimit()
        #if canImport(Glibc)
            let result = getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        #else
            let result = getrlimit(RLIMIT_FSIZE, &limit)
        #endif
        guard result == 0 else { return .max }
        return max(0, Int(clamping: limit.rlim_cur) - size)
    }
}
