"""Apache Kafka, Valkey and PostgreSQL as child processes: the real servers, from Python wheels, without Docker."""
