public import Foundation

/// A system call that failed.
public struct SystemFailure: Error, CustomStringConvertible {
    /// The call.
    public let call: String

    /// The error number.
    public let code: Int32

    /// The call and the system's words for the error.
    public var description: String { unsafe "\(call): \(String(cString: strerror(code)))" }

    /// A failure of `call` with `code`, by default the calling thread's `errno`.
    public init(_ call: String, code: Int32 = errno) {
        self.call = call
        self.code = code
    }
}
