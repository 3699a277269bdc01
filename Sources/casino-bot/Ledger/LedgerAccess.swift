import KeepAliveKit

/// The process's ledger, which the bot's body opens: the health server answers even while another program locks the file.
///
/// The body and the checks share it. It opens the file on the ledger's own thread, because SQLite waits for locks there.
actor LedgerAccess {
    private let executor = LedgerExecutor()
    private let make: @Sendable () throws -> any Ledger
    private var result: Result<any Ledger, any Error>?

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    init(_ make: @escaping @Sendable () throws -> any Ledger) {
        self.make = make
    }

    /// Opens the ledger. If another program locks it, this waits, because the lock ends with that program at the latest.
    ///
    /// - Throws: `LedgerError` for a ledger that needs a person, or for a system that is short of something.
    func open(_ log: Log) async throws -> any Ledger {
        while true {
            do {
                return try attempt()
            } catch let error as LedgerError where error.errorClass == .failure {
                // SQLite has waited for 5 s already.
                log(.warning, "\(error); retrying in 1 s")
                try await Task.sleep(for: .seconds(1), clock: .suspending)
            }
        }
    }

    /// The open ledger, for the checks: they throw why it is not open, and only the body tries again.
    func opened() throws -> any Ledger { try result?.get() ?? attempt() }

    /// Throws when the file of the open ledger, or its log, was deleted or replaced.
    func checkFile() async throws { try await opened().checkFile() }

    func close() async {
        if case .success(let ledger) = result { await ledger.close() }
    }

    private func attempt() throws -> any Ledger {
        if case .success(let ledger) = result { return ledger }
        let result = Result { try make() }
        self.result = result
        return try result.get()
    }
}
