-- The offset behind the last recorded one of a partition; none when it was never recorded. ($1 topic, $2 partition)
SELECT p.next_offset FROM positions p JOIN topics t ON t.id = p.topic WHERE t.name = $1 AND p.partition = $2
