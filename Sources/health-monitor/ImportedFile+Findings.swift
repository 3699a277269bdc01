import KeepAliveKit
import KeepAliveToolSupport

/// What our own reader would refuse: one such entry would stop the whole fleet's file.
extension ImportedFile {
    /// Leaves out each key, or else each entry, that `MonitorConfiguration` does not accept, with its finding as the
    /// reason.
    ///
    /// - Parameter environment: the variables of this process. One that is missing refuses nothing: it is set later.
    mutating func dropRefused(environment: [String: String]) {
        // What goes may lead to another finding, such as a target without the key that it needs.
        while dropFirstRefused(environment) {}
    }

    private mutating func dropFirstRefused(_ environment: [String: String]) -> Bool {
        let findings = self.findings(environment).compactMap { ImportFinding($0) }
        let open = findings.filter { $0.words.hasPrefix("the environment has no ") }
        missingVariables.formUnion(
            open.compactMap {
                $0.words.dropFirst("the environment has no ".count).split(separator: ":").first.map(String.init)
            })
        // Without its variable's value nothing can be said of an entry.
        let places = Set(open.map(\.place))
        var seen = places
        var dropsAny = false
        // From the last entry on, so that the places of the others stay.
        for refusal in findings.sorted(by: { $0.place.index > $1.place.index })
        where seen.insert(refusal.place).inserted {
            dropsAny = drop(refusal) || dropsAny
        }
        return dropsAny
    }

    private func findings(_ environment: [String: String]) -> [String] {
        guard let document = try? JSONValue.readingJSON5(Array(text(from: "").utf8)),
            case .object(let root) = document.value
        else { return [] }
        let secrets = Dictionary(secrets.map { ($0.name, $0.value) }) { first, _ in first }
        do throws(ConfigurationFailure) {
            _ = try MonitorConfiguration(
                root, repeatedKeys: document.repeatedKeys, environment: environment.merging(secrets) { $1 })
            return []
        } catch {
            return error.findings
        }
    }

    /// False if the finding concerns nothing of this file, such as the folder of the history.
    private mutating func drop(_ refusal: ImportFinding) -> Bool {
        guard let list = refusal.list else {
            guard let place = settings.firstIndex(where: { $0.key == refusal.place.key }) else { return false }
            settings.remove(at: place)
            lose(refusal.place.key, refusal.words)
            return true
        }
        guard self[keyPath: list].indices.contains(refusal.place.index) else { return false }
        let entry = self[keyPath: list][refusal.place.index]
        let name = entry.first { $0.key == "name" }?.value.text.map(VariableText.plain) ?? ""
        let what = "\(refusal.place.key.dropLast(refusal.place.key.hasSuffix("s") ? 1 : 0)) \"\(name)\""
        if refusal.isOptional, entry.contains(where: { $0.key == refusal.key }) {
            self[keyPath: list][refusal.place.index].removeAll { $0.key == refusal.key }
            lose(what, "\(refusal.key): \(refusal.words)")
            return true
        }
        self[keyPath: list].remove(at: refusal.place.index)
        lose(what, "left out: \(refusal.key.isEmpty ? "" : "\(refusal.key): ")\(refusal.words)")
        if list == \.channels { forget(channel: name) }
        return true
    }

    /// Takes a channel that is gone from each target's list.
    private mutating func forget(channel name: String) {
        for (index, target) in targets.enumerated() {
            guard let place = target.firstIndex(where: { $0.key == "channels" }) else { continue }
            let kept = (target[place].value.elements ?? []).filter { $0.text.map(VariableText.plain) != name }
            targets[index][place].value = .array(kept)
        }
    }
}

/// A finding about an imported file, by its place.
private struct ImportFinding {
    struct Place: Hashable {
        /// `targets`, or a setting's key.
        let key: String
        /// In that list; 0 for a setting.
        let index: Int
    }

    let place: Place
    /// The key of the entry; empty if the finding concerns the whole.
    let key: String
    let words: String

    /// A finding names its place first: `targets[2].maintenance[0].to: it equals from`.
    init?(_ finding: String) {
        guard let match = finding.prefixMatch(of: #/([A-Za-z]+)(?:\[(\d+)\])?(?:\.([A-Za-z]+))?[^:]*: /#) else {
            return nil
        }
        place = Place(key: String(match.1), index: match.2.flatMap { Int($0) } ?? 0)
        key = match.3.map(String.init) ?? ""
        words = String(finding[match.range.upperBound...])
    }

    var list: WritableKeyPath<ImportedFile, [ImportedFile.Entry]>? {
        switch place.key {
        case "targets": \.targets
        case "channels": \.channels
        case "maintenance": \.maintenance
        default: nil
        }
    }

    /// Whether the entry may do without the key.
    var isOptional: Bool { !["", "name", "type", "url", "host", "port", "token"].contains(key) }
}
