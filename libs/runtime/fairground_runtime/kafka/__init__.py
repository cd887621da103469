"""Kafka behind the protocol's ports: the events log, the command topic, payments; and the topics themselves."""
