/// How bad a failure is.
enum Severity: String, Sendable, Codable {
    case warning, critical
}
