-- How many rows of a partition stand behind its own end: none, unless somebody wrote by hand. ($1 topic, $2 partition)
SELECT count(*) FROM records WHERE topic = $1 AND partition = $2
    AND "offset" >= (SELECT next_offset FROM positions WHERE topic = $1 AND partition = $2)
