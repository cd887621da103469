-- The time of the newest order that is known; null where there is none.
SELECT max(time_ms) FROM shop_facts WHERE what = 'paid'
