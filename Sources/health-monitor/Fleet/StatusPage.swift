/// Who looks.
enum Viewer: Sendable, Hashable {
    /// Sees the targets that are marked public: their names, status and uptime.
    case anybody
    /// Sees everything.
    case insider
}

/// What a page knows of the one who asks for it.
struct PageVisitor: Sendable {
    var viewer = Viewer.anybody
    /// Whether there is a key to log in with.
    var hasLogin = false
    /// Whether the viewer came with a session, which can be ended.
    var isLoggedIn = false
    /// What the last attempt to log in came to.
    var notice: String?
}

/// What has changed for a viewer.
struct PageUpdate: Sendable {
    let revision: UInt64
    /// Whether there is something to tell.
    let isNews: Bool
    let data: [UInt8]
}

/// The status page, as the server gives it to browsers. Reads the history on the calling thread.
protocol StatusPage: Sendable {
    /// All services, or with an id one of them; nil where there is none of this id, or the visitor may not know of it.
    func page(of id: String?, for visitor: PageVisitor) -> (html: [UInt8], policy: String)?
    /// What has changed after a revision: the parts of the page, or values.
    func update(for viewer: Viewer, since revision: UInt64, asHTML: Bool) -> PageUpdate
    /// The picture of a service's state; nil where there is no such service, or the viewer may not know of it.
    func badge(of name: String, for viewer: Viewer) -> [UInt8]?
    /// What an event is called that brings a client to a revision.
    func eventID(_ revision: UInt64) -> String
    /// The revision that a client has seen; 0, which is nothing, where the id is of another run or of nobody's.
    func revision(of id: String) -> UInt64
}
