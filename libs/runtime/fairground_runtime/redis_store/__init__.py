"""Live state in Redis or Valkey: one atomic read, one atomic fenced write a batch."""

from fairground_runtime.redis_store.store import Keys, RedisStore, check_server

__all__ = ["Keys", "RedisStore", "check_server"]
