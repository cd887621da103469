"""Every message and topic that Fairground shares with other systems. Imports nothing but pydantic and orjson."""
