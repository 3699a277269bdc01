import KeepAliveKit
import KeepAlivePlatform

/// The page's title, logo and announcements. Pure.
enum PageHead {
    static func brand(_ settings: PageSettings) -> Markup {
        let logo: Markup? = settings.logo.map { "<img class=\"logo\" src=\"\($0)\" alt=\"\"/>" }
        let name: Markup = "\(logo)<bdi>\(settings.title)</bdi>"
        return settings.link.map { "<p class=\"brand\"><a href=\"\($0)\">\(name)</a></p>" }
            ?? "<p class=\"brand\">\(name)</p>"
    }

    /// The announcements of now; it stands in each page, so that later ones have a place.
    static func news(_ model: FleetModel) -> Markup {
        if model.isOfOne { return "" }
        let shown = model.settings.announcements.filter { $0.isShown(at: model.time) }
        let items = Markup(each: shown) { item in
            "<p class=\"news \(item.level.rawValue)\"><b>\(word(item.level))</b> <bdi>\(item.text)</bdi></p>"
        }
        return "<div id=\"news\">\(items)</div>"
    }

    private static func word(_ level: Announcement.Level) -> Markup {
        switch level {
        case .info: "Note:"
        case .warning: "Warning:"
        case .critical: "Important:"
        }
    }
}
