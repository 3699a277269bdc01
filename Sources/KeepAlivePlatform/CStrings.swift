/// Lists of texts in C's form, e.g. the arguments of execve(2).
package enum CStrings {
    /// Calls the closure with two lists of pointers to zero-terminated copies; each list ends in a null pointer.
    @unsafe
    package static func with<Result>(
        _ first: [[UInt8]], _ second: [[UInt8]],
        _ body: ([UnsafeMutablePointer<CChar>?], [UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        unsafe with(first) { first in unsafe with(second) { second in unsafe body(first, second) } }
    }

    private static func with<Result>(
        _ strings: [[UInt8]], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        var pointers = unsafe strings.map { string in
            unsafe (string + [0]).withUnsafeBytes { bytes in
                unsafe bytes.assumingMemoryBound(to: CChar.self).baseAddress.flatMap { unsafe strdup($0) }
            }
        }
        defer { for index in unsafe pointers.indices { unsafe free(pointers[index]) } }
        unsafe pointers.append(nil)
        return unsafe body(pointers)
    }
}
