/// Receives what a server says beside its results. Without a receiver nobody does: libpq would print it.
final class Notices {
    private let receive: (@Sendable (String) -> Void)?

    init(_ receive: (@Sendable (String) -> Void)?) {
        self.receive = receive
    }

    func note(_ text: String) { receive?(text) }
}
