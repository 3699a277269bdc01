import KeepAliveKit
import KeepAlivePlatform

/// Whether the fleet works, for external monitors and load balancers without a key: counts, and the names of public
/// services only.
extension MonitorEndpoints {
    func services() -> APIContent {
        let services = sources.board.all
        let time = WallTime.now()
        let document = StatusDocument(
            services: services, status: OnceReport(services: services, time: time).status, time: time)
        let failing = services.filter { $0.last?.result.status == .unhealthy }
        let critical = failing.count { $0.target.isCritical }
        var content = APIContent(
            JSONWriter.document { json in
                json.field("status", document.status.rawValue)
                json.field("critical_unhealthy", critical)
                json.object("counts") { json in
                    json.field("total", services.count)
                    document.appendCounts(to: &json)
                }
                json.array("services", services.filter(\.target.isPublic)) { json, service in
                    json.object { json in
                        json.field("name", service.target.name)
                        json.field("status", (service.last?.result.status ?? .unknown).rawValue)
                    }
                }
                json.field("timestamp", time)
            })
        if critical > 0 { content.status = .unavailable }
        return content
    }
}
