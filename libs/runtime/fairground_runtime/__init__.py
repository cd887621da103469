"""The worker and what every process shares: settings, logs, metrics, health, adapters of the servers."""
