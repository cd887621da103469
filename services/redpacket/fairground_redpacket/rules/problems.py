"""What can be wrong with a file of red packets, beside what can be wrong with any activity file."""

from fairground_activities.files import problems

#: Code to (zh, en). Braces are filled with what was found.
SENTENCES: dict[str, tuple[str, str]] = problems.SENTENCES | {
    "range_reversed": (
        "most（{most}）不能小于 least（{least}）。",
        "'most' ({most}) must not be below 'least' ({least}).",
    ),
    "duplicate_choice": ("“{found}” 写了两次。", "'{found}' stands here twice."),
    "empty_choice": ("至少写一项：{options}。", "Name at least one of {options}."),
    "amounts_impossible": (
        "{count} 份、每份 {least} 到 {most} 分，总额应在 {low} 到 {high} 分之间，现在是 {found}。",
        "{count} shares of {least} to {most} fen come to {low} to {high} fen, not to {found}.",
    ),
    "never_sendable": (
        "没有任何红包能同时满足 count、total_fen 和 each_fen。",
        "No packet can meet count, total_fen and each_fen at once.",
    ),
    "members_pay": (
        "会员发的红包只能由会员出钱：请写 funded_by: member，或 senders: operators。",
        "What members send they pay: write funded_by: member, or senders: operators.",
    ),
    "operators_pay_not": (
        "由会员出钱的红包只能由会员发：请写 senders: members。",
        "Packets that members pay are sent by members: write senders: members.",
    ),
    "gifts_from_budget": (
        "订单和奖励送的红包由预算出钱：请写 funded_by: budget。",
        "Packets for orders and rewards are paid from the budget: write funded_by: budget.",
    ),
    "needs_budget": (
        "平台出钱的红包必须写 budget.total_fen。",
        "Packets that the platform pays need budget.total_fen.",
    ),
    "no_budget_here": ("会员出钱的红包没有预算，请去掉。", "Packets that members pay have no budget; remove it."),
    "needs_guesses": ("口令红包必须写 guesses。", "Packets with a password need 'guesses'."),
    "guesses_unused": ("没有口令红包，请去掉 guesses。", "No packet has a password here; remove 'guesses'."),
    "answer_unused": ("预算出钱不需要等待付款，请去掉。", "The budget pays at once; remove 'answer_minutes'."),
    "fission_alone": (
        "裂变红包由平台发：请写 funded_by: budget。",
        "Fission packets are the platform's: write funded_by: budget.",
    ),
    "own_is_one": (
        "form 为 own 时只有一份，请写 count: 1。",
        "A packet for the member alone has one share: write count: 1.",
    ),
    "fission_is_more": ("裂变红包至少两份。", "A fission packet has two shares at least."),
    "nothing_sent": (
        "senders 为 nobody 时，必须有 orders 或 rewards，否则没有红包。",
        "With senders: nobody there must be 'orders' or 'rewards', or there are no packets.",
    ),
    "duplicate_session": ("场次编号 “{found}” 重复。", "Two sessions have the id '{found}'."),
    "session_outside": (
        "场次 {session} 不在活动时间内。",
        "Session {session} is not within the window of the activity.",
    ),
    "pools_too_many": ("每个池至少要有一份。", "Every pool needs one share at least."),
    "pools_too_large": ("每个池最多 {most} 份，请增加 pools。", "A pool holds {most} shares at most; raise 'pools'."),
    "over_budget": (
        "各场次合计 {found} 分，超过预算 {budget} 分。",
        "The sessions come to {found} fen, more than the budget of {budget} fen.",
    ),
    "too_many_pools": ("所有场次的池合计最多 {most} 个。", "All sessions together have {most} pools at most."),
    "session_changed": (
        "场次 {session} 已经发布，不能改也不能去掉；可以增加新场次。",
        "Session {session} was published: it can neither change nor go; add another one.",
    ),
    "names_too_many": (
        "红包活动的名单最多 {most} 人（每个红包都带着它）；请用 eligible。",
        "A list of red packets names {most} members at most (every packet carries it); use 'eligible'.",
    ),
}
