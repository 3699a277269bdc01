import KeepAliveKit

/// The columns of Uptime Kuma's monitors that an import need not name. Pure.
enum KumaColumns {
    static let reasons = [
        "packetsize": "ping sends packets of one size", "ipfamily": "the system chooses between IPv4 and IPv6",
        "httpbodyencoding": "there is no body", "cachebust": "a request goes to its address as it is",
    ]

    /// What the program counts for itself, or keeps for its page.
    private static let own: Set<String> = [
        "id", "name", "type", "active", "userid", "weight", "createddate", "parent", "pathname", "path", "childrenids",
        "forceinactive", "includesensitivedata", "maintenance", "screenshot", "tags", "notificationidlist",
        "dnslastresult", "upsidedown", "interval", "retryinterval", "maxretries", "timeout",
        "resendinterval", "manualstatus", "dockerhost", "saveresponse", "saveerrorresponse",
        "responsemaxlength",
    ]
    /// Values that mean the same as none.
    private static let defaults = [
        "packetsize": "56", "httpbodyencoding": "json", "jsonpath": "$", "jsonpathoperator": "==",
        "pingperrequesttimeout": "2", "pingnumeric": "1", "method": "GET", "keyword": "", "url": "https://",
        "oauthauthmethod": "client_secret_basic",
    ]
    /// The columns that concern some types only, by their beginnings.
    private static let families: [(beginnings: [String], types: Set<String>)] = [
        (
            [
                "url", "method", "body", "headers", "acceptedstatuscodes", "maxredirects", "httpbodyencoding",
                "ignoretls",
                "expirynotification", "domainexpirynotification", "basicauth", "auth", "oauth", "tls", "cachebust",
                "proxyid", "retryonlyonstatuscodefailure",
            ], ["http", "keyword", "json-query"]
        ),
        (["keyword", "invertkeyword"], ["keyword"]), (["jsonpath", "expectedvalue"], ["json-query"]),
        (["hostname"], ["port", "ping", "dns"]), (["port"], ["port", "dns"]), (["dns"], ["dns"]),
        (["ping", "packetsize"], ["ping"]), (["push"], ["push"]), (["docker"], ["docker"]),
        (["databasequery", "databaseconnectionstring"], ["postgres", "redis"]),
        (["ipfamily"], ["http", "keyword", "json-query", "port", "ping"]),
        (
            [
                "grpc", "mqtt", "kafka", "radius", "snmp", "rabbitmq", "game", "smtp", "remotebrowser", "tailscale",
                "wssubprotocol", "wsignore", "subtype", "location", "protocol", "sip", "systemservice",
            ], []
        ),
    ]

    static func needsNothing(_ key: String, _ value: JSONValue, type: String) -> Bool {
        if own.contains(key) { return true }
        if let usual = defaults[key], value.text == usual || value.integer.map({ "\($0)" }) == usual { return true }
        if key == "pingnumeric", value.flag == true { return true }
        // What is nothing to one family may belong to another.
        let owners = families.filter { $0.beginnings.contains { key.hasPrefix($0) } }
        return !owners.isEmpty && owners.allSatisfy { !$0.types.contains(type) }
    }
}
