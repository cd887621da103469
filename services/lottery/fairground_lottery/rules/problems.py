"""What can be wrong with an activity file, each with a sentence an operator understands in Chinese and English."""

from typing import Any

from fairground_contracts.activities import Problem

#: Enough to mend a file; a broken generator could produce millions.
MAX_PROBLEMS = 200

#: Code to (zh, en). Braces are filled with what was found.
SENTENCES: dict[str, tuple[str, str]] = {
    "file_too_large": (
        "文件有 {size} 字节，活动文件最多 {limit} 字节。",
        "The file has {size} bytes; an activity file has at most {limit}.",
    ),
    "not_utf8": ("文件不是 UTF-8 编码。", "The file is not UTF-8; save it as UTF-8."),
    "bad_yaml": ("不是正确的 YAML：{detail}。", "This is no YAML: {detail}."),
    "second_document": (
        "一个文件只能有一个活动，请去掉第二个 “---”。",
        "One file holds one activity; remove the second '---'.",
    ),
    "alias": ("不支持 YAML 引用 “*”，请把内容写全。", "YAML aliases ('*') are not understood; write the content out."),
    "tag": ("不支持 YAML 标签 “!”，请去掉。", "YAML tags ('!') are not understood; remove it."),
    "name_is_no_text": ("字段名必须是文字。", "The name of a field must be text."),
    "too_deep": ("嵌套太深。", "This is nested too deeply."),
    "too_many_problems": ("问题太多，其余的没有列出。", "There are more problems; these are the first."),
    "no_mapping": ("这里应是 “字段: 内容” 的形式。", "This must be fields, written as 'name: content'."),
    "no_list": ("这里应是列表，每项以 “- ” 开头。", "This must be a list whose items begin with '- '."),
    "empty_list": ("列表不能为空。", "The list must not be empty."),
    "too_many_items": ("最多 {limit} 项。", "There can be at most {limit} items."),
    "unknown_field": ("没有 “{name}” 这个字段{hint_zh}。", "There is no field '{name}'{hint_en}."),
    "duplicate_field": ("字段 “{name}” 写了两次，请去掉一个。", "The field '{name}' stands here twice; remove one."),
    "missing": ("缺少字段 “{name}”。", "The field '{name}' is missing."),
    "not_text": ("应是文字，现在是 {found}；可以加引号。", "This must be text, not {found}; put it in quotes."),
    "text_length": ("文字长度应为 1 到 {limit} 个字符。", "The text must have 1 to {limit} characters."),
    "bad_id": (
        "“{found}” 不能作编号：只用小写字母、数字、“-”、“_”，最多 {limit} 个字符。",
        "'{found}' cannot be an id: use lower-case letters, digits, '-' and '_', at most {limit} characters.",
    ),
    "not_integer": ("应是整数，现在是 {found}{hint_zh}。", "This must be a whole number, not {found}{hint_en}."),
    "out_of_range": ("应在 {low} 到 {high} 之间，现在是 {found}。", "This must be from {low} to {high}, not {found}."),
    "bad_choice": ("应是 {options} 之一，现在是 {found}。", "This must be one of {options}, not {found}."),
    "unknown_zone": (
        "没有 “{found}” 这个时区，例如可写 Asia/Shanghai。",
        "There is no time zone '{found}'; write one such as Asia/Shanghai.",
    ),
    "bad_time": (
        "“{found}” 不是时间，请写成 2026-11-30 20:00（当地时间）。",
        "'{found}' is no time; write it like 2026-11-30 20:00 (local time).",
    ),
    "no_such_time": (
        "因夏令时，{zone} 没有 {found} 这个时刻，请改早或改晚一小时。",
        "The clocks of {zone} skip {found} (summer time); choose an hour earlier or later.",
    ),
    "window_reversed": (
        "结束时间 {ends} 必须晚于开始时间 {starts}。",
        "The end {ends} must come after the start {starts}.",
    ),
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
        "前面的表 “{front}” 只要 {score} 分，这个表永远用不到；请把分数要求高的放在前面。",
        "The table '{front}' before it takes every score from {score} on, so this one never applies; put higher scores "
        "first.",
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
    "in_both_lists": (
        "“{found}” 同时在 only 和 never 里，请去掉一个。",
        "'{found}' stands in both 'only' and 'never'; remove it from one.",
    ),
    "bad_percent": (
        "应是百分比，例如 20% 或 0.5%（最多四位小数），现在是 {found}。",
        "This must be a share such as 20% or 0.5% (up to four decimals), not {found}.",
    ),
    "bad_condition": (
        "条件写得不对：{detail}。条件例如 level >= 3 && 'vip' in tags。",
        "This is no condition: {detail}. Write one like: level >= 3 && 'vip' in tags.",
    ),
    "unknown_fact": (
        "条件里的 “{found}” 不是已知的会员信息{hint_zh}；可用：{known}。",
        "No fact is called '{found}'{hint_en}; there are {known}.",
    ),
    "unknown_function": (
        "条件里不能使用函数 “{found}”{hint_zh}；可用：{known}。",
        "Conditions cannot call '{found}'{hint_en}; there are {known}.",
    ),
    "too_many_loops": (
        "条件里最多用两次 all、exists、map、filter。",
        "A condition may use all, exists, map and filter at most twice.",
    ),
    "condition_fails": (
        "对会员 {facts}，条件无法计算：{detail}。",
        "For a member with {facts} the condition has no answer: {detail}.",
    ),
    "no_yes_or_no": (
        "条件的结果应是“是”或“否”，现在是 {found}；请写成比较，例如 level >= 3。",
        "A condition must come to yes or no, not to {found}; write a comparison such as level >= 3.",
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
        "“{found}” 权重为 0，也没有奖品以它为替代，永远抽不到；请给它权重，或去掉。",
        "Nobody can win '{found}': its weight is 0 and nothing falls back on it; give it a weight, or remove it.",
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
    "cash_value": (
        "现金奖品的价值应等于金额 {amount} 分。",
        "A cash prize is worth its amount, {amount} fen; leave value_fen away.",
    ),
    "not_with_rule": ("规则 {rule} 不使用 “{name}”，请去掉。", "The rule {rule} has no '{name}'; remove it."),
    "needed_by_rule": ("规则 {rule} 需要 “{name}”。", "The rule {rule} needs '{name}'."),
    "other_activity": (
        "文件的编号是 “{found}”，命令的编号是 “{wanted}”。",
        "The file's id is '{found}', that of the command '{wanted}'.",
    ),
    "fixed": (
        "“{name}” 发布后不能改（现在是 {wanted}）；请新建活动。",
        "'{name}' cannot change after publication (it is {wanted}); make a new activity.",
    ),
    "unchanged": ("与当前版本 {version} 完全相同。", "This is exactly version {version}, which is in force."),
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
        "“{prize}” 的奖励已经公布，活动开始后不能减少或更换；请另加一个奖品。",
        "The reward of '{prize}' was promised: once the activity has begun it cannot become less or another one; add "
        "another prize.",
    ),
    "compensation_lessened": (
        "“{prize}” 无法发放时的补偿已经公布，活动开始后不能减少或更换。",
        "What is given instead of '{prize}' was promised: once the activity has begun it cannot become less or "
        "another one.",
    ),
    "claim_shortened": (
        "“{prize}” 的领取期限已经公布，活动开始后只能延长。",
        "How long '{prize}' can be claimed was promised: once the activity has begun it can only become longer.",
    ),
    "refund_harsher": (
        "退款后 “{prize}” 的处理规则已经公布，活动开始后只能改为 keep。",
        "What becomes of '{prize}' after a refund was promised: once the activity has begun it can only become keep.",
    ),
    "stock_lowered": (
        "“{prize}” 的库存会从 {before} 减到 {after}，活动开始后只能增加。",
        "The stock of '{prize}' would fall from {before} to {after}; once the activity has begun it only ever rises.",
    ),
    "opens_later": (
        "“{prize}” 会更晚才能抽中，活动开始后不能这样修改。",
        "'{prize}' would open later than was promised, which is not possible once the activity has begun.",
    ),
    "pity_lessened": (
        "保底 “{pity}” 已经公布，活动开始后不能去掉、推迟或减少奖品。",
        "The pity '{pity}' was promised: once the activity has begun it cannot go, come later or lose a prize.",
    ),
    "play_harder": (
        "“{name}” 从 {before} 改为 {after} 会让得奖更难，活动开始后不能这样修改。",
        "'{name}' would become {after} instead of {before}, which makes winning harder than was promised; that is not "
        "possible once the activity has begun.",
    ),
    "ends_earlier": (
        "活动会提前结束（{before} 改为 {after}），活动开始后不能提前；需要时请终止活动。",
        "It would end earlier ({after} instead of {before}), which is not possible once it has begun; stop it instead.",
    ),
    "already_over": ("活动时间已经过去：{ends}。", "The activity would be over already: {ends}."),
    "seed_changed": (
        "抽奖密钥与发布时不同（需要 {wanted}，现在是 {found}）。",
        "The secret is not the one it was published with (needed: {wanted}, here: {found}).",
    ),
}


class Problems:
    """Collects what is wrong. `lines` knows where each field stands, if it was read from a file."""

    def __init__(self) -> None:
        self.lines: dict[str, int] = {}
        self.found: list[Problem] = []

    @property
    def full(self) -> bool:
        """Whether listing more would help nobody."""
        return len(self.found) >= MAX_PROBLEMS

    def add(self, path: str, code: str, line: int = 0, **what: Any) -> None:
        """One problem more. `what` fills the sentence."""
        if self.full:
            return
        if len(self.found) == MAX_PROBLEMS - 1:
            path, code, what = "", "too_many_problems", {}
        zh, en = SENTENCES[code]
        self.found.append(
            Problem(field=path, code=code, zh=zh.format(**what), en=en.format(**what), line=line or self._line(path))
        )

    def _line(self, path: str) -> int:
        """The line of the field, or of what would hold it."""
        while path and path not in self.lines:
            cut = max(path.rfind("."), path.rfind("["))
            path = path[:cut] if cut > 0 else ""
        return self.lines.get(path, 0)


def shown(value: Any) -> str:
    """What was found, short enough to be read."""
    if isinstance(value, str):
        return value if len(value) <= 40 else value[:37] + "..."
    if isinstance(value, dict):
        return "{...}"
    if isinstance(value, list | tuple):
        return "[...]"
    if value is None:
        return "nothing"
    text = str(value).lower() if isinstance(value, bool) else _number(value)
    return text if len(text) <= 40 else text[:37] + "..."


def _number(value: Any) -> str:
    if isinstance(value, int) and abs(value) >= 10**30:
        return "more than 30 digits"
    return str(value)
