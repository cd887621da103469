-- Where each partition's record stands.
SELECT topic, partition, next_offset FROM positions
