"""Asset managers: who runs the target-date funds and what they hold."""
