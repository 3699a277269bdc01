import KeepAliveKit
import KeepAlivePlatform

/// One finished check, as it is kept.
struct CheckRecord: Sendable, Equatable {
    let service: String
    let result: ProbeResult
    let time: WallTime
}
