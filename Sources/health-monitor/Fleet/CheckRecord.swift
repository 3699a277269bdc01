import KeepAliveKit
import KeepAlivePlatform

/// A finished check, as the history stores it.
struct CheckRecord: Sendable, Equatable {
    let service: String
    let result: ProbeResult
    let time: WallTime
}
