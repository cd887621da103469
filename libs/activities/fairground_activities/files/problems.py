"""What can be wrong with an activity file, each with a sentence an operator understands in Chinese and English."""

from collections.abc import Mapping
from typing import Any

from fairground_contracts.activities import Problem

#: Enough to mend a file; a broken generator could produce millions.
MAX_PROBLEMS = 200

#: Code to (zh, en): what can be wrong with any activity file. Braces are filled with what was found.
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
    "cash_value": (
        "现金奖品的价值应等于金额 {amount} 分。",
        "A cash prize is worth its amount, {amount} fen; leave value_fen away.",
    ),
    "other_activity": (
        "文件的编号是 “{found}”，命令的编号是 “{wanted}”。",
        "The file's id is '{found}', that of the command '{wanted}'.",
    ),
    "fixed": (
        "“{name}” 发布后不能改（现在是 {wanted}）；请新建活动。",
        "'{name}' cannot change after publication (it is {wanted}); make a new activity.",
    ),
    "unchanged": ("与当前版本 {version} 完全相同。", "This is exactly version {version}, which is in force."),
    "starts_later": (
        "活动已经开始，开始时间不能再推迟（{before} 改为 {after}）；需要时请暂停或终止活动。",
        "It has begun, so it cannot start later ({after} instead of {before}); pause or stop it instead.",
    ),
    "ends_earlier": (
        "活动会提前结束（{before} 改为 {after}），活动开始后不能提前；需要时请终止活动。",
        "It would end earlier ({after} instead of {before}), which is not possible once it has begun; stop it instead.",
    ),
    "promise_taken": (
        "“{name}” 从 {before} 改为 {after} 对会员不利，活动开始后不能这样改。",
        "'{name}' would become {after} instead of {before}: that takes from members what was promised, which is not "
        "possible once the activity has begun.",
    ),
    "rule_removed": (
        "“{rule}” 已经承诺给会员，活动开始后不能去掉。",
        "'{rule}' was promised to members and cannot be removed once the activity has begun.",
    ),
    "reward_lessened": (
        "“{rule}” 的奖励变少或换了，活动开始后不能这样改。",
        "The reward of '{rule}' becomes another one or less, which is not possible once the activity has begun.",
    ),
    "already_over": ("活动时间已经过去：{ends}。", "The activity would be over already: {ends}."),
    "seed_changed": (
        "抽奖密钥与发布时不同（需要 {wanted}，现在是 {found}）。",
        "The secret is not the one it was published with (needed: {wanted}, here: {found}).",
    ),
}


class Problems:
    """Collects what is wrong. `lines` knows where each field stands, if it was read from a file."""

    def __init__(self, sentences: Mapping[str, tuple[str, str]] = SENTENCES) -> None:
        """`sentences`: those of a service, beside the shared ones."""
        self._sentences = sentences
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
        zh, en = self._sentences[code]
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
