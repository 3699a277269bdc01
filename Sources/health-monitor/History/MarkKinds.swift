/// The kinds of marks, each a row of a store.
extension ServiceMarks {
    static let kinds: [(name: String, path: any WritableKeyPath<ServiceMarks, ServiceMarks.Mark?> & Sendable)] = [
        ("acknowledged", \.acknowledged), ("silenced", \.silenced), ("noted", \.noted),
    ]
}
