/// The viewer's access.
enum Viewer: Sendable, Hashable {
    /// Sees the public targets: their names, status and uptime.
    case anybody
    /// Sees everything.
    case insider
}

/// Facts about the visitor of a page.
struct PageVisitor: Sendable {
    var viewer = Viewer.anybody
    /// Whether a key is configured, so that the visitor can log in.
    var hasLogin = false
    /// Whether the visitor has a session, so that they can log out.
    var isLoggedIn = false
    /// What the address asks for.
    var filter = PageFilter()
    /// The outcome of the last login attempt.
    var notice: String?
}

/// The changes for a viewer.
struct PageUpdate: Sendable {
    let revision: UInt64
    /// Whether there is a change to send.
    let isNews: Bool
    let data: [UInt8]
}

/// The status page for browsers. Reads the history on the calling thread.
protocol StatusPage: Sendable {
    /// The page of all services, or of one by its id; nil if it does not exist or the visitor may not see it.
    func page(of id: String?, for visitor: PageVisitor) -> (html: [UInt8], policy: String)?
    /// The changes since a revision: parts of the page, or values.
    func update(for viewer: Viewer, since revision: UInt64, asHTML: Bool) -> PageUpdate
    /// The badge of a service's state; nil if the service does not exist or the viewer may not see it.
    func badge(of name: String, for viewer: Viewer) -> [UInt8]?
    /// The id of the event that brings a client to a revision.
    func eventID(_ revision: UInt64) -> String
    /// The revision that a client has seen; 0 if the id is invalid or from another run.
    func revision(of id: String) -> UInt64
}
