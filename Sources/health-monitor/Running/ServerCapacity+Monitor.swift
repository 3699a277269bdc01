import KeepAliveKit

extension ServerCapacity {
    /// What the API's server takes: at the turn of the hour thousands of jobs call at once, each on a connection of its
    /// own.
    static var ofMonitor: ServerCapacity {
        var capacity = ServerCapacity()
        capacity.connections = 16_384
        capacity.backlog = 16_384
        capacity.newcomers = .seconds(1)
        // Twenty pages with 2,000 services.
        capacity.heldBytes = 32 << 20
        return capacity
    }
}
