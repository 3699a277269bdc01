/// The lease under which a process uses the ledger; name and epoch have to be the ledger's in each transaction.
struct LedgerFence: Equatable, Sendable {
    /// Empty without a lease.
    var lease = ""
    var epoch: Int64 = 0
}
