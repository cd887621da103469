"""What can be wrong with a sign-in file, beside what can be wrong with any activity file."""

from fairground_activities.files import problems

#: Code to (zh, en). Braces are filled with what was found.
SENTENCES: dict[str, tuple[str, str]] = problems.SENTENCES | {
    "nothing_given": (
        "没有任何奖励：请写 base、first、dates、streak 或 total 中的至少一个。",
        "Nothing is given here: write at least one of base, first, dates, streak, total.",
    ),
    "duplicate_rule": ("规则编号 “{found}” 重复，请改一个。", "Two rules have the id '{found}'; rename one."),
    "duplicate_days": (
        "已有一档是 {found} 天，请合并或修改。",
        "There is a tier for {found} days already; merge them or change one.",
    ),
    "longer_than_cycle": (
        "周期最多 {most} 天，达不到 {found} 天；请改小或换更长的周期。",
        "A cycle has at most {most} days, so {found} are never reached; make it smaller or the cycle longer.",
    ),
    "longer_than_window": (
        "活动只有 {most} 天，达不到 {found} 天；请改小。",
        "The activity has {most} days, so {found} are never reached; make it smaller.",
    ),
    "total_per_streak": (
        "累计签到不能按 per_streak 发放，请写 per_cycle 或 ever。",
        "A number of days cannot be paid per_streak; write per_cycle or ever.",
    ),
    "replace_without_base": (
        "没有 base，replace 没有可替换的奖励；请去掉 way。",
        "There is no base reward that could be replaced; remove way.",
    ),
    "needed_by_days": ("every 为 days 时要写 days。", "With every: days a cycle needs days."),
    "only_with_days": (
        "只有 every 为 days 时才写 days，请去掉。",
        "Only cycles with every: days have days; remove it.",
    ),
    "no_cycle_to_cross": (
        "没有周期，谈不上跨周期；请去掉 shown。",
        "Without cycles there is nothing that a streak could cross; remove shown.",
    ),
    "nothing_pays": (
        "补签没有任何支付方式；请写 cards: true、points 或 money_fen。",
        "Nothing pays a make-up; write cards: true, points or money_fen.",
    ),
    "never_back": (
        "周期只有 {most} 天，不会需要补签 {found} 天前；请改小。",
        "A cycle has {most} days, so nothing {found} days back can be made up; make it smaller.",
    ),
    "answer_needed": (
        "用积分或余额支付时才写 answer_minutes，请去掉。",
        "Nobody has to answer for cards; remove answer_minutes.",
    ),
    "most_needed": (
        "写了 every 就要写 most。",
        "Freezes that are earned need most, the number that a member may have.",
    ),
    "bad_day": ("“{found}” 不是日期，请写成 2026-11-30。", "'{found}' is no date; write it like 2026-11-30."),
    "dates_reversed": ("结束日期早于开始日期。", "The last date is before the first one."),
    "outside_window": (
        "{found} 不在活动时间内。",
        "{found} is not within the activity's window.",
    ),
    "levels_ascending": (
        "等级要从低到高，不能重复。",
        "Levels must go up, each named once.",
    ),
    "level_says_nothing": (
        "这个等级与其他人没有区别；请写 multiplier 或自己的奖励。",
        "This level is no different from the others; write a multiplier or rewards of its own.",
    ),
    "bad_multiplier": (
        "应是 1% 到 10000% 的整数百分比，例如 150%，现在是 {found}。",
        "This must be a whole percentage from 1% to 10000% such as 150%, not {found}.",
    ),
    "ranks_overlap": (
        "名次重叠或顺序不对：请从小到大，不重叠。",
        "These places overlap or are out of order: write them in ascending order, without overlaps.",
    ),
    "ranks_reversed": ("to 不能小于 from。", "to cannot be below from."),
    "budget_without_nth": (
        "预算只用于名次奖励（nth）；没有 nth 请去掉 budget。其他奖励每人每天固定，可先模拟成本。",
        "A budget is for rewards by rank (nth); without any, remove budget. What else is given is fixed by day and "
        "member: simulate what it costs.",
    ),
    "risk_level": ("风险等级应是 1 到 4 的整数。", "Risk levels are whole numbers from 1 to 4."),
    "counting_fixed": (
        "活动开始后不能修改 “{name}”：它决定连续签到怎么算；请新建活动。",
        "'{name}' cannot change once the activity has begun: it says what a streak is; make a new activity.",
    ),
    "tier_later": (
        "“{rule}” 要的天数变多，活动开始后不能这样改。",
        "'{rule}' would take more days, which is not possible once the activity has begun.",
    ),
    "dates_lessened": (
        "“{rule}” 的日期变少或移动了，活动开始后不能这样改。",
        "'{rule}' would be on other or fewer days, which is not possible once the activity has begun.",
    ),
    "last_tier_moved": (
        "最后一档 “{rule}” 之后还有承诺的奖励（{name}），活动开始后不能在它后面再加一档。",
        "Behind the last tier '{rule}' more was promised ({name}), so no tier can come behind it once the activity has "
        "begun.",
    ),
    "replaces_promised": (
        "“{rule}” 会代替已经承诺的 base，活动开始后只能写 way: add。",
        "'{rule}' would replace the base reward that was promised; once the activity has begun, write way: add.",
    ),
}
