"""What must be true of rules as a whole: money that adds up, whoever pays it, and packets that can be sent at all."""

from collections.abc import Iterator

from fairground_activities.files import Audience, Problems
from fairground_redpacket.contract.packet import MAX_COUNT
from fairground_redpacket.rules.model import GiftRule, PacketRule, RainRule, Range, Rules
from fairground_redpacket.rules.rain import MAX_POOLS

#: Names that the packets of one publication carry together: they are created by one command, and fit one record batch.
_MAX_CARRIED = 2_000


def prove(rules: Rules, problems: Problems) -> None:
    """Note everything that does not fit together."""
    if rules.packets is not None:
        _packets(rules, rules.packets, problems)
        _money(rules, rules.packets, problems)
    for name, gift in (("orders", rules.orders), ("rewards", rules.rewards)):
        if gift is not None:
            _gift(rules, name, gift, problems)
    if rules.rain is not None:
        _rain(rules, rules.rain, problems)


def fits(total: int, count: int, each: Range) -> bool:
    """Whether so many shares can come to the total."""
    return count * each.least <= total <= count * each.most


def _packets(rules: Rules, packets: PacketRule, problems: Problems) -> None:
    for name, chosen in (("splits", packets.splits), ("access", packets.access)):
        if not chosen:
            problems.add(f"packets.{name}", "empty_choice", options=name)
    each, count, total = rules.each_fen, packets.count, packets.total_fen
    if total.most < count.least * each.least or total.least > count.most * each.most:
        problems.add("packets", "never_sendable")
    if "password" in packets.access and not packets.guesses:
        problems.add("packets.guesses", "needs_guesses")
    if "password" not in packets.access and packets.guesses:
        problems.add("packets.guesses", "guesses_unused")
    if packets.senders == "nobody" and rules.orders is None and rules.rewards is None:
        problems.add("packets.senders", "nothing_sent")


def _money(rules: Rules, packets: PacketRule, problems: Problems) -> None:
    if packets.funds == "budget":
        if packets.senders == "members":
            problems.add("packets.senders", "members_pay")
        if rules.budget_fen is None:
            problems.add("budget.total_fen", "needs_budget")
        if packets.answer_minutes:
            problems.add("packets.answer_minutes", "answer_unused")
        return
    if packets.senders != "members":
        problems.add("packets.senders", "operators_pay_not")
    if rules.budget_fen is not None or rules.budget_per_day_fen is not None:
        problems.add("budget", "no_budget_here")
    if "fission" in packets.access:
        problems.add("packets.access", "fission_alone")
    for name, gift in (("orders", rules.orders), ("rewards", rules.rewards)):
        if gift is not None:
            problems.add(name, "gifts_from_budget")


def _gift(rules: Rules, name: str, gift: GiftRule, problems: Problems) -> None:
    if gift.form == "own" and gift.count != 1:
        problems.add(f"{name}.count", "own_is_one")
    if gift.form == "fission" and gift.count == 1:
        problems.add(f"{name}.count", "fission_is_more")
    _amounts(f"{name}.total_fen", gift.total_fen, gift.count, rules.each_fen, problems)


def _rain(rules: Rules, rain: RainRule, problems: Problems) -> None:
    seen: set[str] = set()
    for at, session in enumerate(rain.sessions):
        path = f"rain.sessions[{at}]"
        if session.id in seen:
            problems.add(f"{path}.id", "duplicate_session", found=session.id)
        seen.add(session.id)
        if session.starts_ms < rules.starts_ms or session.ends_ms > rules.ends_ms:
            problems.add(f"{path}.starts", "session_outside", session=session.id)
        if session.count < session.pools:
            problems.add(f"{path}.pools", "pools_too_many")
        if session.pool(0)[1] > MAX_COUNT:
            problems.add(f"{path}.pools", "pools_too_large", most=MAX_COUNT)
        for total, count in sorted(set(_pools(rain, at))):
            if count:
                _amounts(f"{path}.total_fen", total, count, rules.each_fen, problems)
    pools = sum(session.pools for session in rain.sessions)
    if rules.audience is not None and pools * max(map(len, _names(rules.audience))) > _MAX_CARRIED:
        problems.add("audience", "names_too_many", most=_MAX_CARRIED // pools)
    total = sum(session.total_fen for session in rain.sessions)
    if rules.budget_fen is None:
        problems.add("budget.total_fen", "needs_budget")
    elif total > rules.budget_fen:
        problems.add("budget.total_fen", "over_budget", found=total, budget=rules.budget_fen)
    if pools > MAX_POOLS:
        problems.add("rain.sessions", "too_many_pools", most=MAX_POOLS)


def _names(audience: Audience) -> tuple[tuple[str, ...], ...]:
    """The lists of members that packets carry."""
    return audience.only or (), audience.never


def _pools(rain: RainRule, at: int) -> Iterator[tuple[int, int]]:
    session = rain.sessions[at]
    return (session.pool(number) for number in range(session.pools))


def _amounts(path: str, total: int, count: int, each: Range, problems: Problems) -> None:
    if not fits(total, count, each):
        low, high = count * each.least, count * each.most
        problems.add(
            path, "amounts_impossible", count=count, least=each.least, most=each.most, low=low, high=high, found=total
        )
