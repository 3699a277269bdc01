/// The tables of a history.
extension MigratedTable {
    static let checks = MigratedTable(
        name: "service_health_checks",
        columns: [
            ("service_name", "text"), ("status", "text"), ("checks", "text"), ("response_time_ms", "float8"),
            ("timestamp", "timestamptz"),
        ])

    /// All but the checks.
    static let rest = [
        MigratedTable(
            name: "service_health_alerts",
            columns: [
                ("id", "bigint"), ("service_name", "text"), ("severity", "text"), ("message", "text"),
                ("status", "text"), ("triggered_at", "timestamptz"), ("resolved_at", "timestamptz"),
            ], hasID: true),
        MigratedTable(
            name: "service_health_alert_events",
            columns: [
                ("id", "bigint"), ("service_name", "text"), ("triggered_at", "timestamptz"), ("kind", "text"),
                ("severity", "text"), ("message", "text"), ("happened_at", "timestamptz"), ("told", "jsonb"),
                ("who", "text"),
            ], hasID: true),
        MigratedTable(
            name: "service_health_hours",
            columns: [("service_name", "text")]
                + ["hour", "healthy", "degraded", "unhealthy", "unknown", "maintenance", "response_count"].map {
                    ($0, "bigint")
                } + ["response_sum_ms", "response_min_ms", "response_max_ms"].map { ($0, "float8") }),
        MigratedTable(
            name: "service_health_days",
            columns: [("service_name", "text")]
                + ["day", "healthy", "degraded", "unhealthy", "unknown", "maintenance", "response_count"].map {
                    ($0, "bigint")
                } + [("response_sum_ms", "float8")]),
        MigratedTable(
            name: "target_states",
            columns: [("service_name", "text"), ("state", "text"), ("updated_at", "timestamptz")]),
        MigratedTable(
            name: "alert_outbox",
            columns: [
                ("id", "bigint"), ("key", "text"), ("channel", "text"), ("event", "text"), ("attempts", "bigint"),
                ("next_attempt_at", "bigint"), ("last_error", "text"), ("is_escalation", "boolean"),
            ], hasID: true),
        MigratedTable(
            name: "push_calls",
            columns: [
                ("service_name", "text"), ("first_known_at", "bigint"), ("called_at", "bigint"), ("status", "text"),
                ("message", "text"), ("job", "text"),
            ]),
        MigratedTable(
            name: "service_marks",
            columns: [
                ("service_name", "text"), ("kind", "text"), ("who", "text"), ("marked_at", "bigint"), ("note", "text"),
                ("alert_at", "bigint"), ("until", "bigint"),
            ]),
    ]
}
