import KeepAlivePlatform

#if canImport(Glibc)
    /// Releases are linked statically. Then Swift's runtime looks up its own path in /proc before `main`, and aborts if
    /// /proc is hidden.
    /// A given path avoids the lookup; functions in `.preinit_array` run before the runtime's own.
    private func nameRuntimeRoot(
        count: Int32, values: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
        environment: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    ) {
        // Unsafe because C reads the texts: a literal, and a copy that is never freed.
        if unsafe access("/proc/self/exe", F_OK) != 0 { unsafe putenv(strdup("SWIFT_ROOT=/")) }
    }

    @section(".preinit_array") @used
    private let rootKeeper:
        @convention(c) (
            Int32, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
            UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        ) -> Void = unsafe nameRuntimeRoot
#endif
