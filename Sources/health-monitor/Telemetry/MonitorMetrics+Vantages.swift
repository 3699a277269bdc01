import KeepAliveKit
import KeepAlivePlatform

/// The metrics of several monitors.
extension MonitorMetrics {
    func appendVantages(_ roll: VantageRoll, to text: inout MetricsText) {
        let name = VantageSettings.lease
        text.family("keepalive_lease_leader", .gauge, "1 if this monitor leads and sends the alerts of all.")
        text.sample(roll.isLeading ? 1 : 0, ["name": name])
        text.family("keepalive_lease_epoch", .gauge, "Number of the newest term that this monitor has led.")
        text.sample(Int(clamping: roll.epoch), ["name": name])
        text.family("keepalive_monitor_vantage_seen_seconds", .gauge, "Time since each vantage's last sign of life.")
        for beat in roll.beats { text.sample(beat.age.seconds, ["vantage": beat.name]) }
        text.family(
            "keepalive_monitor_target_vantage_up", .gauge,
            "1 if a vantage says that the service is healthy or degraded; absent while that is unknown or old.")
        for service in services {
            for view in service.views where view.counts {
                text.sample(
                    view.says == .unhealthy ? 0 : 1, ["service": service.target.name, "vantage": view.vantage])
            }
        }
    }
}
