/// The targets that containers ask for with their labels. Pure.
///
/// `keepalive.enable` (`true`), `keepalive.name` (the container's name), `keepalive.url` (otherwise the engine's word on
/// the container counts), `keepalive.critical` (`false`).
struct ContainerLabels: Sendable, Equatable {
    /// One target: the keys of its entry in a file.
    struct Entry: Sendable, Equatable {
        let container: String
        let name: String
        let keys: [String: JSONValue]
    }

    private(set) var entries: [Entry] = []
    /// What is wrong with labels: a sentence for each container.
    private(set) var faults: [String] = []

    private static let prefix = "keepalive."
    private static let known = ["enable", "name", "url", "critical"]
    /// More enabled containers than these are not watched.
    static let most = 500

    init() {}

    /// Reads the engine's list of all containers (`GET /containers/json?all=true`).
    init(_ list: [JSONValue], socket: String) {
        // If two containers claim a name, a running one wins, then the older.
        let containers = list.compactMap { Container($0) }.sorted()
        var owners: [String: String] = [:]
        for container in containers {
            do throws(Fault) {
                guard let entry = try Self.entry(of: container, socket: socket) else { continue }
                if let owner = owners[entry.name] {
                    throw Fault("\"\(entry.name)\" is the name of container \(owner) too: set another keepalive.name")
                }
                guard entries.count < Self.most else {
                    throw Fault("\(Self.most) containers are watched already: set keepalive.enable only where needed")
                }
                owners[entry.name] = container.name
                entries.append(entry)
            } catch {
                faults.append("container \(container.name): \(error.words)")
            }
        }
        entries.sort { $0.name < $1.name }
        faults.sort()
    }

    private struct Fault: Error {
        let words: String
        init(_ words: String) { self.words = words }
    }

    private struct Container: Comparable {
        let name: String
        let labels: [String: String]
        let isRunning: Bool
        let created: Int

        init?(_ value: JSONValue) {
            guard let name = LocalServices.names([value]).first, case .object(let labels)? = value["Labels"] else {
                return nil
            }
            self.name = name
            self.labels = labels.compactMapValues(\.text).filter { $0.key.hasPrefix(ContainerLabels.prefix) }
            isRunning = value["State"]?.text == "running"
            created = value["Created"]?.integer ?? 0
        }

        static func < (left: Container, right: Container) -> Bool {
            (left.isRunning ? 0 : 1, left.created, left.name) < (right.isRunning ? 0 : 1, right.created, right.name)
        }
    }

    /// Nil for a container that does not ask to be watched.
    private static func entry(of container: Container, socket: String) throws(Fault) -> Entry? {
        var labels: [String: String] = [:]
        for (label, value) in container.labels { labels[String(label.dropFirst(prefix.count))] = value }
        guard try flag(labels, "enable") ?? false else { return nil }
        if let odd = labels.keys.filter({ !known.contains($0) }).min() {
            throw Fault("unknown label \(prefix)\(odd.line(limit: 60)); known are enable, name, url and critical")
        }
        let name = labels["name"] ?? container.name
        if name.isEmpty { throw Fault("keepalive.name is empty: give a name, or leave the label out") }
        // A container's label must not read the monitor's variables.
        var keys: [String: JSONValue] = ["name": .string(VariableText.literal(name))]
        if let isCritical = try flag(labels, "critical") { keys["critical"] = .bool(isCritical) }
        if let url = labels["url"] {
            keys["type"] = "http"
            keys["url"] = .string(VariableText.literal(url))
        } else {
            keys["type"] = "docker"
            keys["container"] = .string(container.name)
            keys["socket"] = .string(VariableText.literal(socket))
        }
        return Entry(container: container.name, name: name, keys: keys)
    }

    private static func flag(_ labels: [String: String], _ name: String) throws(Fault) -> Bool? {
        switch labels[name]?.lowercased() {
        case nil: return nil
        case "true", "1", "yes": return true
        case "false", "0", "no": return false
        case let other?:
            throw Fault("\(prefix)\(name) is \"\(other.line(limit: 40))\": give \"true\" or \"false\"")
        }
    }
}
