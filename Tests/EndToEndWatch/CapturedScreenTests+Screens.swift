import KeepAlivePlatform

extension CapturedScreenTests {
    static let at80By24 = """
         health-check watch · Casino Bot  0.0.0.0:~~~~~                    ~~:~~:~~ UTC
         █  █ █▄ █ █  █ █▀▀▀ ▄▀▀▄ █    ▀█▀ █  █ █ █   up 1 h 0 min, version 2.0.1
         █  █ █ ▀█ █▀▀█ █▀▀  █▀▀█ █     █  █▀▀█  █    unhealthy since ~
          ▀▀  ▀  ▀ ▀  ▀ ▀▀▀▀ ▀  ▀ ▀▀▀▀  ▀  ▀  ▀  ▀    answered in ~
         no update and no heartbeat for 312 s, which is more than the 300 s of
           UNHEALTHY_AFTER_SEC
        ── Bot ─────────────────────────────────────────────────────────────────────────
         Updates       1500 · 0.42/s on average  Response p50  2.0 ms
         Errors        3 · 0.20 % of updates     p95           10.0 ms
         Last update   1.2 s ago                 p99           20.0 ms
         Heartbeat     none recorded             slowest       40.0 ms
         Restarts      0                         Executor      –
         Gateway       not reported              Checks        1 of 1 pass
        ── Trend ─~
         Status ~
         Updates ~
         Response p95 ~
        ── Processes ───────────────────────────────────────────────────────────────────
         none found: another machine, a container, or another user
        ── This machine ────────────────────────────────────────────────────────────────
         CPU ~
         Memory ~
         Disk ~
         q quit  r restart  ? help  l log
        """

    static let at60By15 = """
         3 bots: 1 unhealthy, 1 degraded, 1 healthy    ~~:~~:~~ UTC
          x B?ro               unhealthy   1 h 0 min
          ! Third              degraded    1 h 0 min
        > + Casino Bot         healthy     1 h 0 min
        -- Casino Bot --------------------- 3 of 3, trouble first --
          + HEALTHY   up 1 h 0 min, version 2.0.1
         All checks pass.
        -- Bot -----------------------------------------------------
         Updates       1500 | 0.42/s on average
         Errors        3 | 0.20 % of updates
        -- Trend -~
         Status ~
        -- Processes -----------------------------------------------
         none found: another machine, a container, or another user
         j/k choose  q quit  r restart  ? help  / filter  l log
        """

    static let at40By10 = """
         3 bots: 1 unhealthy, 1 ~  ~~:~~:~~ UTC
        -- B?ro ---------------------- 1 of 3 --
          x UNHEALTHY   answered in ~
         no update and no heartbeat for 312 s,
           which is more than the 300 s of UNHE~
        -- Bot ---------------------------------
         Updates       1500 | 0.42/s on average
         Errors        3 | 0.20 % of updates
         Last update   1.2 s ago
         j/k choose  q quit  r restart  ? help
        """

    static let plain = """
         health-check watch · Casino Bot  0.0.0.0:~~~~~                    ~~:~~:~~ UTC
          × UNHEALTHY   up 1 h 0 min, version 2.0.1  unhealthy since ~
         no update and no heartbeat for 312 s, which is more than the 300 s of
           UNHEALTHY_AFTER_SEC
        ── Bot ─────────────────────────────────────────────────────────────────────────
         Updates       1500 · 0.42/s on average  Response p50  2.0 ms
         Errors        3 · 0.20 % of updates     p95           10.0 ms
         Last update   1.2 s ago                 p99           20.0 ms
         Heartbeat     none recorded             slowest       40.0 ms
         Restarts      0                         Executor      –
         Gateway       not reported              Checks        1 of 1 pass
        ── Checks ──────────────────────────────────────────────────────────────────────
         ● database                 passes           5.0 s ago
        ── Processes ───────────────────────────────────────────────────────────────────
         none found: another machine, a container, or another user
        ── This machine ────────────────────────────────────────────────────────────────
         CPU ~
         Memory ~
         Disk ~
        code=1
        ready>
        """
}
