/// Every kind of probe. A new kind needs its own file and a line here.
let probeTypes: [any Probe.Type] = [
    HTTPProbe.self, HTTPSProbe.self, BotProbe.self, TCPProbe.self, PostgresProbe.self, RedisProbe.self,
    DockerProbe.self, SystemdProbe.self, DiskProbe.self, MemoryProbe.self, HeartbeatProbe.self, LogProbe.self,
    PushProbe.self, TelegramProbe.self, ExecProbe.self, PingProbe.self, DNSProbe.self,
]
