import KeepAliveKit

/// What the page's address asks for: `/?state=down,degraded&q=text`, and `view=wall`. Pure.
struct PageFilter: Sendable, Equatable {
    enum View: String, Sendable {
        /// Rows by group.
        case rows
        /// Tiles for a screen on the wall.
        case wall
    }

    var view = View.rows
    /// Empty means every state.
    var states: Set<ProbeStatus> = []
    /// In lower case.
    var words = ""

    /// The words of the states in an address: the page's, and the API's.
    static let states: [String: ProbeStatus] = [
        "down": .unhealthy, "degraded": .degraded, "unknown": .unknown, "maintenance": .maintenance, "up": .healthy,
        "unhealthy": .unhealthy, "healthy": .healthy,
    ]

    /// Unknown words are ignored, as the script in the browser does: an address that somebody shared may be older.
    init(view: String? = nil, states: String? = nil, words: String? = nil) {
        self.view = view.flatMap(View.init) ?? .rows
        self.states = Set((states ?? "").lowercased().split(separator: ",").compactMap { Self.states[String($0)] })
        self.words = String((words ?? "").prefix(200)).lowercased().trimmed
    }

    /// Whether the address asks for some of the services only.
    var isAsked: Bool { !states.isEmpty || !words.isEmpty }

    /// Whether what is told of a service that is no longer on the page is shown: it has no state.
    func showsMissing(_ name: String) -> Bool {
        states.isEmpty && (words.isEmpty || name.lowercased().contains(words))
    }

    /// Whether a service with these texts is shown.
    func shows(_ status: ProbeStatus, _ texts: [String?]) -> Bool {
        (states.isEmpty || states.contains(status))
            && (words.isEmpty || texts.contains { $0?.lowercased().contains(words) == true })
    }
}

extension String {
    /// Without blanks at both ends.
    fileprivate var trimmed: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
