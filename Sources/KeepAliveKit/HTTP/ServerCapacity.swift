import KeepAlivePlatform

/// How many peers a server takes, and how much it keeps for all of them together.
package struct ServerCapacity: Equatable, Sendable {
    /// The most connections at once. A process with few descriptors takes fewer.
    package var connections = 256
    /// The most connections that the kernel keeps before they are accepted. Linux caps it at `net.core.somaxconn`.
    package var backlog: Int32 = 512
    /// For this long a new connection without a request stays, as one does that waits for its answer: a busy client
    /// connects first and sends later. Zero serves newcomers soonest while an attacker holds every place.
    package var newcomers = Duration.zero
    /// The most bytes of unfinished requests and unsent answers, over all connections; each has its own limits too.
    package var heldBytes = Int.max

    package init() {}

    /// How many connections a process with this many descriptors takes: half of those above the reserve.
    package func connections(descriptors: Int) -> Int {
        min(connections, max(2, (descriptors - DescriptorLimit.reserve) / 2))
    }
}
