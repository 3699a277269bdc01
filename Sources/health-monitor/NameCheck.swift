import KeepAliveToolSupport

/// Checks that need all names: duplicate or missing names, and circular dependencies. Its time grows linearly with the
/// number of names.
struct NameCheck {
    let targets: [(path: String, target: Target)]
    let channels: [(path: String, channel: any Channel)]

    func report(to findings: ConfigurationSection.Findings) {
        var channelNames: Set<String> = []
        for (path, channel) in channels where !channelNames.insert(channel.name).inserted {
            findings.add(
                "\(path).name",
                "\"\(channel.name)\" is the name of an earlier channel too; give each channel its own name"
            )
        }
        var places: [String: Int] = [:]
        for (index, (path, target)) in targets.enumerated() where !target.name.isEmpty {
            if places[target.name] == nil {
                places[target.name] = index
            } else {
                findings.add(
                    "\(path).name",
                    "\"\(target.name)\" is the name of an earlier target too; give each target its own name")
            }
        }
        reportTokens(to: findings)
        for (path, target) in targets {
            for name in target.dependsOn where places[name] == nil || name == target.name {
                findings.add(
                    "\(path).dependsOn",
                    name == target.name
                        ? "a target cannot depend on itself"
                        : "unknown target \"\(name)\"\(question(name, places.keys))")
            }
            for name in target.channels ?? [] where !channelNames.contains(name) {
                findings.add("\(path).channels", "unknown channel \"\(name)\"\(question(name, channelNames))")
            }
        }
        let edges = targets.map { $0.target.dependsOn.compactMap { places[$0] } }
        for index in DependencyCycles.members(edges) {
            // Each would silence the other.
            findings.add(
                "\(targets[index].path).dependsOn",
                "the dependencies form a circle through \"\(targets[index].target.name)\": no alert would be sent; remove one of them"
            )
        }
    }

    /// Suggests a near name only in a small fleet: many wrong names in a large one would take quadratic time.
    private func question(_ name: String, _ names: some Collection<String>) -> String {
        names.count <= 500 ? NearestWord.question(name, among: names) : ""
    }

    /// Two targets with one token would both count each call as a sign of life.
    private func reportTokens(to findings: ConfigurationSection.Findings) {
        var owners: [String: String] = [:]
        for (path, target) in targets {
            guard let token = target.probe.pushToken, !token.isEmpty else { continue }
            if let owner = owners[token] {
                findings.add("\(path).token", "it is also the token of \(owner); give each target its own token")
            } else {
                owners[token] = path
            }
        }
    }
}

/// Finds cycles in a graph with Tarjan's algorithm, without recursion: a chain may be as long as the file. Pure.
enum DependencyCycles {
    /// The indices of the nodes on a cycle through another node, in order.
    static func members(_ edges: [[Int]]) -> [Int] {
        var number = [Int?](repeating: nil, count: edges.count)
        var low = [Int](repeating: 0, count: edges.count)
        var isOpen = [Bool](repeating: false, count: edges.count)
        var open: [Int] = []
        var found: [Int] = []
        var count = 0
        for root in edges.indices where number[root] == nil {
            var path: [(node: Int, next: Int)] = []
            func enter(_ node: Int) {
                number[node] = count
                low[node] = count
                count += 1
                open.append(node)
                isOpen[node] = true
                path.append((node, 0))
            }
            enter(root)
            while let (node, next) = path.last {
                if next < edges[node].count {
                    path[path.count - 1].next += 1
                    let other = edges[node][next]
                    if let seen = number[other] {
                        if isOpen[other] { low[node] = min(low[node], seen) }
                    } else {
                        enter(other)
                    }
                    continue
                }
                path.removeLast()
                if let parent = path.last?.node { low[parent] = min(low[parent], low[node]) }
                guard low[node] == number[node], let start = open.lastIndex(of: node) else { continue }
                for member in open[start...] { isOpen[member] = false }
                if open.count - start > 1 { found += open[start...] }
                open.removeSubrange(start...)
            }
        }
        return found.sorted()
    }
}
