-- The same of a topic of which only facts are kept. ($1 topic, $2 partition)
SELECT count(*) FROM shop_facts WHERE topic = $1 AND partition = $2
    AND "offset" >= (SELECT next_offset FROM positions WHERE topic = $1 AND partition = $2)
