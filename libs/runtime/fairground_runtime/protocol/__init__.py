"""How a worker decides, publishes, pays, applies and recovers, free of Kafka, Redis and event loops.

Reading order: `ports` (what it needs of the world), `reader` (the one rule for reading the log), `decode`, `outcome`,
`step` (a batch of commands), `align` (after anything unexpected), `partition` (both together).
"""
