"""What can be wrong with a file of a wheel or of a score game, beside what can be wrong with any activity file."""

from fairground_activities.files import problems

#: Code to (zh, en). Braces are filled with what was found.
SENTENCES: dict[str, tuple[str, str]] = problems.SENTENCES | {
    "duplicate_id": ("奖品编号 “{found}” 重复，请改一个。", "Two prizes have the id '{found}'; rename one."),
    "weights_all_zero": ("至少一个奖品的权重要大于 0。", "At least one prize needs a weight above 0."),
    "unknown_fallback": (
        "没有编号为 “{found}” 的奖品{hint_zh}。",
        "There is no prize with the id '{found}'{hint_en}.",
    ),
    "fallback_loop": ("售罄后的替代成了循环：{chain}。", "Sold-out prizes fall back in a circle: {chain}."),
    "no_endless_end": (
        "“{found}” 有库存、限领或预算限制，必须写 fallback，指向最终不受限制的奖品（例如谢谢参与）。",
        "'{found}' can run out (stock, cap or budget): it needs a fallback that ends in a prize without limits.",
    ),
    "fallback_unused": (
        "sold_out 为 {sold_out} 时不使用 fallback，请去掉。",
        "With sold_out: {sold_out} nothing falls back; remove fallback, or write sold_out: fallback.",
    ),
    "nothing_endless": (
        "sold_out 为 renormalise 时，至少一个权重大于 0 的奖品要不受任何限制（例如谢谢参与），否则可能无奖可抽。",
        "With sold_out: renormalise, a prize with a weight must have no limits (e.g. thanks), or nothing may be left.",
    ),
    "never_unlocked": (
        "每人最多抽 {most} 次，抽满 {after} 次才解锁，永远不会解锁；请改小 after。",
        "Nobody draws more than {most} times, so it never opens after {after} draws; make 'after' smaller.",
    ),
    "unknown_prize": ("没有编号为 “{found}” 的奖品{hint_zh}。", "There is no prize with the id '{found}'{hint_en}."),
    "duplicate_pity": (
        "保底编号 “{found}” 重复，请用 id 写一个不同的。",
        "Two pities are called '{found}'; give one of them another id.",
    ),
    "pity_of_thanks": (
        "“{found}” 没有 reward，不能作保底奖品。",
        "'{found}' has no reward; pity can only promise prizes that have one.",
    ),
    "pity_without_stock": (
        "保底奖品的库存都是 0，保底永远无法兑现；请增加库存或换成别的奖品。",
        "None of these prizes has any stock, so this pity can never give one; add stock or name others.",
    ),
    "pity_without_weight": (
        "保底奖品的权重都是 0，保底永远无法兑现；请给其中一个大于 0 的权重。",
        "None of these prizes has a weight, so this pity can never give one; give one of them a weight above 0.",
    ),
    "never_due": (
        "每人最多抽 {most} 次，连续 {after} 次未中才保底，永远不会触发；请改小 after。",
        "Nobody draws more than {most} times, so {after} misses in a row never come about; make 'after' smaller.",
    ),
    "soft_too_late": (
        "软保底从第 {soft} 次开始，不早于硬保底的 {after} 次；请改小 from。",
        "The soft slope begins at {soft}, not before the {after} misses at which pity is due; make 'from' smaller.",
    ),
    "taken_id": (
        "表的编号 “{found}” 已被使用，请换一个。",
        "The table's id '{found}' is taken; choose another one.",
    ),
    "empty_when": (
        "when 里要写 spend_fen、level、draws 或 condition；只供风控使用的表请去掉 when。",
        "Write spend_fen, level, draws or condition here; a table that only risk levels lead to has no 'when'.",
    ),
    "unreachable_table": (
        "没有规则会用到表 “{found}”：请写 when，或在 risk 里引用它。",
        "Nothing leads to the table '{found}': give it a 'when', or name it under 'risk'.",
    ),
    "unknown_table": (
        "没有编号为 “{found}” 的表{hint_zh}；也可写 lowest 或 refuse。",
        "There is no table with the id '{found}'{hint_en}; 'lowest' and 'refuse' are possible too.",
    ),
    "no_lowest": (
        "没有一个不受限制的奖品可作最低奖；请加一个（例如谢谢参与），或写 refuse。",
        "No prize is without limits, so there is no lowest one; add one (e.g. thanks), or write 'refuse'.",
    ),
    "never_reached": (
        "分数最高 {most}，达不到 {found}；请改小。",
        "No play ends with more than {most}, so {found} is never reached; make it smaller.",
    ),
    "table_in_front": (
        "凡是这个表适用的，前面的表 “{front}” 都先适用，这个表永远用不到；请把要求高的放在前面。",
        "The table '{front}' before it applies whenever this one does, so this one never does; put the stricter one "
        "first.",
    ),
    "too_few_draws": (
        "每人最多抽 {most} 次，抽满 {draws} 次才用这个表，永远用不到；请改小 draws。",
        "Nobody draws more than {most} times, so nothing leads to this table after {draws} draws; make 'draws' "
        "smaller.",
    ),
    "never_in_time": (
        "一局至少 {least} 秒，不可能在 {within} 秒内完成；请改大 within_seconds。",
        "A play lasts {least} seconds at least, so none ends within {within}; make within_seconds greater.",
    ),
    "bad_score": (
        "“{found}” 不是 0 到 {most} 之间的分数；请写成 “分数: 权重”。",
        "'{found}' is no score from 0 to {most}; write 'score: weight'.",
    ),
    "scores_all_zero": ("至少一个分数的权重要大于 0。", "At least one score needs a weight above 0."),
    "refund_of_play": (
        "积分游戏的机会不是订单带来的，没有退款可言；请去掉 on_refund。",
        "No order brings a play, so that no refund concerns what it has won; remove on_refund.",
    ),
    "chances_nowhere": (
        "积分游戏本身没有抽奖次数，请在 ref 里写明是哪个转盘的次数。",
        "A score game has no chances to draw; say in 'ref' at which wheel they are.",
    ),
    "not_24_hours": (
        "按小时投放要写 24 个数，从一天开始的那个小时起，现在是 {found} 个。",
        "A curve by hour has 24 numbers, from the hour on in which the day begins, not {found}.",
    ),
    "curve_all_zero": ("曲线里至少一个数要大于 0。", "At least one number of the curve must be above 0."),
    "curve_too_long": (
        "曲线有 {found} 天，活动只有 {days} 天，后面的永远不会投放；请缩短。",
        "The curve has {found} days and the window {days}, so the rest would never be released; make it shorter.",
    ),
    "pacing_without_stock": (
        "按 {by} 投放需要写 {stock}。",
        "Pacing by {by} releases {stock}; say how much that is.",
    ),
    "unreachable_prize": (
        "永远抽不到 “{found}”：用得到的表里它都没有权重，也没有会发完的奖品以它为替代；请给它权重，或去掉。",
        "Nobody can win '{found}': no table that is used gives it a weight, and no prize that can run out falls back "
        "on it; give it a weight, or remove it.",
    ),
    "day_above_total": (
        "每天的上限 {day} 大于总量 {total}。",
        "The limit per day, {day}, is above the total, {total}.",
    ),
    "no_sources": (
        "至少写一个来源：{known}；不需要时请去掉 sources。",
        "Name at least one source ({known}), or remove 'sources'.",
    ),
    "cap_below_chances": (
        "上限 {cap} 小于一次发放的 {chances} 次。",
        "The cap of {cap} is below the {chances} chances that a single cause brings.",
    ),
    "prize_above_law": (
        "价值 {value} 分超过法律规定：抽奖的最高奖不得超过五万元（{limit} 分）；请减小。",
        "{value} fen is more than the law allows: no prize of a lottery is worth more than 50,000 yuan ({limit} fen); "
        "make it less.",
    ),
    "no_chances": (
        "没有写怎样得到抽奖次数：请写 free_per_day、orders 或 sources；如果都由别处发放，请写 free_per_day: 0。",
        "Nothing says how members come to draw: write free_per_day, orders or sources; if all chances are granted from "
        "elsewhere, write free_per_day: 0.",
    ),
    "budget_below_prize": (
        "预算 {budget} 分不够发一个 “{prize}”（{value} 分）。",
        "The budget of {budget} fen cannot pay a single '{prize}' ({value} fen).",
    ),
    "thanks_with_value": (
        "没有 reward 的奖品价值只能是 0。",
        "A prize without reward is worth 0; remove value_fen or add a reward.",
    ),
    "rule_without_reward": (
        "没有 reward 的奖品不能写 “{name}”，请去掉。",
        "A prize without reward has no '{name}'; remove it.",
    ),
    "claim_not_physical": (
        "只有实物奖品（kind: physical）需要领取，现在是 {kind}；请去掉 claim_days。",
        "Only physical prizes have to be claimed, and this is {kind}; remove claim_days.",
    ),
    "compensation_above_prize": (
        "补偿价值 {value} 分，超过奖品的价值 {limit} 分；请减少，或在该奖品写 on_rejected。",
        "What is given instead is worth {value} fen, the prize only {limit}; make it less, or say on_rejected at the "
        "prize.",
    ),
    "not_with_rule": ("规则 {rule} 不使用 “{name}”，请去掉。", "The rule {rule} has no '{name}'; remove it."),
    "needed_by_rule": ("规则 {rule} 需要 “{name}”。", "The rule {rule} needs '{name}'."),
    "no_limit": (
        "“{name}” 没有上限，无需增加。",
        "There is no limit '{name}', so there is nothing to raise.",
    ),
    "other_limit": (
        "上限现在是 {found}，不是 {expected}；请确认后用新的请求再试。",
        "The limit is {found} now, not {expected}; look again, and ask with a new request.",
    ),
    "prize_removed": (
        "奖品 “{prize}” 已经公布，活动开始后不能去掉；请终止活动后发布新的活动。",
        "The prize '{prize}' was promised and cannot be removed once the activity has begun; stop it, and publish "
        "another one.",
    ),
    "odds_lowered": (
        "“{prize}” 的概率会从 {before} 降到 {after}，活动开始后不能降低；请终止活动后发布新的活动。",
        "The odds of '{prize}' would fall from {before} to {after}, which is not possible once the activity has begun; "
        "stop it, and publish another one.",
    ),
    "reward_lessened": (
        "“{rule}” 的奖励已经公布，活动开始后不能减少或更换；请另加一个奖品。",
        "The reward of '{rule}' was promised: once the activity has begun it cannot become less or another one; add "
        "another prize.",
    ),
    "compensation_lessened": (
        "“{rule}” 无法发放时的补偿已经公布，活动开始后不能减少或更换。",
        "What is given instead of '{rule}' was promised: once the activity has begun it cannot become less or "
        "another one.",
    ),
    "promise_lowered": (
        "“{name}” 已经公布为 {before}，活动开始后只能增加，不能改为 {after}。",
        "'{name}' was promised to be {before}: once the activity has begun it can only rise, not become {after}.",
    ),
    "promise_raised": (
        "“{name}” 已经公布为 {before}，活动开始后只能减少，不能改为 {after}。",
        "'{name}' was promised to be {before}: once the activity has begun it can only fall, not become {after}.",
    ),
    "promise_changed": (
        "“{name}” 已经公布为 {before}，活动开始后不能改为 {after}。",
        "'{name}' was promised to be {before}: once the activity has begun it cannot become {after}.",
    ),
    "promise_added": (
        "“{name}” 会让得奖更难，活动开始后不能加上。",
        "'{name}' would make winning harder than was promised; it cannot be added once the activity has begun.",
    ),
    "thanks_limited": (
        "“{prize}” 没有奖励：它的 “{name}” 决定其他奖品何时替代它，活动开始后不能改。",
        "'{prize}' has no reward: its '{name}' says when a draw wins something else instead, so it cannot change once "
        "the activity has begun.",
    ),
    "table_lowers": (
        "原来按 “{was}” 权重抽奖的人会改按 “{now}”，“{prize}” 的概率会从 {before} 变为 {after}，"
        "且没有更贵重的奖品补上；活动开始后不能这样修改。",
        "Who drew by the weights of '{was}' would draw by those of '{now}', where the odds of '{prize}' are {after} "
        "instead of {before}, and nothing dearer makes up for it; that is not possible once the activity has begun.",
    ),
    "pity_removed": (
        "保底 pity “{pity}” 已经公布，活动开始后不能去掉。",
        "The pity '{pity}' was promised and cannot be removed once the activity has begun.",
    ),
    "pity_reordered": (
        "活动开始后，保底 pity 的顺序不能改，新的保底要放在后面。",
        "The order of 'pity' was promised: once the activity has begun it stays, and new ones come behind.",
    ),
    "pity_in_the_way": (
        "保底 pity “{pity}” 会占用本可抽中 “{prize}” 的机会，而后者的价值并不更低；活动开始后不能这样修改。",
        "The pity '{pity}' would take draws from '{prize}', which is worth no less; that is not possible once the "
        "activity has begun.",
    ),
}
