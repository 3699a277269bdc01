import KeepAlivePlatform

#if canImport(Glibc)
    /// Statically linked, as this program is released, Swift's runtime looks for its own place in /proc before `main`, and aborts
    /// where /proc is hidden. Given a place it does not look; the functions of `.preinit_array` come before the runtime's own.
    private func nameRuntimeRoot(
        count: Int32, values: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
        environment: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    ) {
        // Unsafe as C reads the texts: a literal, and a copy that stays.
        if unsafe access("/proc/self/exe", F_OK) != 0 { unsafe putenv(strdup("SWIFT_ROOT=/")) }
    }

    @section(".preinit_array") @used
    private let rootKeeper:
        @convention(c) (
            Int32, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
            UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        ) -> Void = unsafe nameRuntimeRoot
#endif
