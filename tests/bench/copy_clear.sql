DROP TABLE bench.records
