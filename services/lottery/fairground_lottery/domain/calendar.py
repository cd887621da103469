"""Business days as numbers and as texts, remembered because a wheel sees the same few days over and over."""

from functools import lru_cache

from fairground_decider import days

month_of = lru_cache(maxsize=4096)(days.month)
iso_of = lru_cache(maxsize=4096)(days.iso)
day_of = lru_cache(maxsize=4096)(days.parse_iso)
