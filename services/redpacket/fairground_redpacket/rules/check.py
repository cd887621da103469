"""Reads an activity file's content into rules, listing everything that is wrong with it at once."""

from dataclasses import asdict
from typing import Any, cast

from fairground_activities.files import (
    HEADING,
    MAX_FEN,
    SUPPLIED,
    Audience,
    Problems,
    Section,
    audience_of,
    condition_of,
    gate_of,
    heading_of,
)
from fairground_redpacket.contract.packet import MAX_COUNT
from fairground_redpacket.rules import proof
from fairground_redpacket.rules.model import (
    ACCESS,
    FORMS,
    KINDS,
    ON_REFUND,
    RAIN,
    RED_PACKET,
    SPLITS,
    Form,
    Funds,
    GiftRule,
    OnRefund,
    PacketRule,
    Range,
    Rules,
    Senders,
    Split,
    Who,
)
from fairground_redpacket.rules.rain import rain_of

#: Longer lists would stand in every packet.
MAX_NAMES = 200

#: Facts that a condition may name: those of the member, and the risk level of the command.
FACTS = {**SUPPLIED, "risk": (0, 1, 4)}

_ACTIVITY = (
    "kind", *HEADING, "each_fen", "budget", "audience", "eligible", "refuse_risk", "second_bill", "keep_days",
)  # fmt: skip
_OF_KIND = {RED_PACKET: ("packets", "orders", "rewards", "quotas"), RAIN: ("rain",)}
_PACKETS = (
    "funded_by", "senders", "splits", "access", "count", "total_fen", "expire_minutes", "sender_grabs", "guesses",
    "answer_minutes",
)  # fmt: skip
_GIFT = ("total_fen", "count", "split", "form")
_QUOTAS = ("per_member_day", "per_member_total", "per_day", "total")
_MAX_PACKETS = 10**9
_DEFAULT_MOST_FEN = 20_000  # 200 yuan: what a share of a packet among friends is at most
_DEFAULT_KEEP_DAYS = 30
_DEFAULT_EXPIRE_MINUTES = 24 * 60
_DEFAULT_ANSWER_MINUTES = 15


def read(content: Any, problems: Problems) -> Rules | None:
    """The content as rules; None when there is any problem."""
    kind = _kind(content)
    activity = Section(problems, content, "", (*_ACTIVITY, *_OF_KIND[kind]))
    if not activity.readable:
        return None
    activity.choice("kind", KINDS)
    heading = heading_of(activity)
    quotas = activity.section("quotas", _QUOTAS) if kind == RED_PACKET else Section(problems, {}, "", ())
    budget = activity.section("budget", ("total_fen", "per_day_fen") if kind == RED_PACKET else ("total_fen",))
    rules = Rules(
        **asdict(heading),
        each_fen=_range(activity, "each_fen", 1, MAX_FEN, Range(1, _DEFAULT_MOST_FEN)),
        packets=_packets(activity) if kind == RED_PACKET else None,
        rain=rain_of(activity, heading.zone) if kind == RAIN else None,
        orders=_gift(activity, "orders", (*_GIFT, "min_order_fen", "on_refund")) if kind == RED_PACKET else None,
        rewards=_gift(activity, "rewards", _GIFT) if kind == RED_PACKET else None,
        per_member_day=quotas.integer("per_member_day", 1, _MAX_PACKETS),
        per_member_total=quotas.integer("per_member_total", 1, _MAX_PACKETS),
        per_day=quotas.integer("per_day", 1, _MAX_PACKETS),
        total=quotas.integer("total", 1, _MAX_PACKETS),
        budget_fen=budget.integer("total_fen", 1, MAX_FEN),
        budget_per_day_fen=budget.integer("per_day_fen", 1, MAX_FEN),
        audience=_audience(activity),
        eligible=condition_of(activity, "eligible", FACTS),
        refuse_risk=activity.integer("refuse_risk", 1, 4),
        second_bill=activity.has("second_bill") and activity.yes_or_no("second_bill") is True,
        keep_days=activity.integer("keep_days", 1, 366) or _DEFAULT_KEEP_DAYS,
    )
    if not problems.found:
        proof.prove(rules, problems)
    return None if problems.found else rules


def who_of(said: dict[str, Any]) -> Who:
    """Who may have a share, by what a packet carries of the rules."""
    problems = Problems()
    section = Section(problems, said, "", ("audience", "eligible", "refuse_risk"))
    audience = audience_of(section)
    return Who(gate_of(audience, said.get("eligible", "")), said.get("refuse_risk"))


def _kind(content: Any) -> str:
    """What it is read as; a kind that is unknown is noted as any other field is."""
    kind = content.get("kind") if isinstance(content, dict) else None
    return kind if isinstance(kind, str) and kind in KINDS else RED_PACKET


def _audience(activity: Section) -> Audience | None:
    audience = audience_of(activity)
    for name in ("only", "never") if audience else ():
        if len(getattr(audience, name) or ()) > MAX_NAMES:
            activity.problems.add(f"audience.{name}", "names_too_many", most=MAX_NAMES)
    return audience


def _range(holder: Section, name: str, low: int, high: int, default: Range | None = None) -> Range:
    """A least and a most; of a number alone both are that number. The default where nothing is said."""
    if not holder.has(name):
        if default is None:
            holder.needed(name)
        return default or Range(low, low)
    if isinstance(holder.content[name], int) and not isinstance(holder.content[name], bool):
        number = holder.integer(name, low, high) or low
        return Range(number, number)
    section = holder.section(name, ("least", "most"))
    section.needed("most")
    least = section.integer("least", low, high) or low
    most = section.integer("most", low, high) or high
    if most < least:
        section.problems.add(section.at("most"), "range_reversed", least=least, most=most)
    return Range(least, most)


def _packets(activity: Section) -> PacketRule | None:
    if not activity.needed("packets"):
        return None
    section = activity.section("packets", _PACKETS)
    funds = section.choice("funded_by", ("budget", "member"), "budget") or "budget"
    default = "members" if funds == "member" else "operators"
    access = _choices(section, "access", ACCESS, ("open",))
    sender_grabs = section.yes_or_no("sender_grabs") if section.has("sender_grabs") else True
    answer = _DEFAULT_ANSWER_MINUTES if funds == "member" else 0
    return PacketRule(
        funds=cast(Funds, funds),
        senders=cast(Senders, section.choice("senders", ("members", "operators", "nobody"), default) or default),
        splits=_choices(section, "splits", SPLITS, SPLITS),
        access=access,
        count=_range(section, "count", 1, MAX_COUNT, Range(1, 100)),
        total_fen=_range(section, "total_fen", 1, MAX_FEN),
        expire_minutes=section.integer("expire_minutes", 1, 60 * 24 * 30) or _DEFAULT_EXPIRE_MINUTES,
        sender_grabs=sender_grabs is not False,
        guesses=section.integer("guesses", 1, 100) or 0,
        answer_minutes=section.integer("answer_minutes", 1, 60 * 24) or answer,
    )


def _choices(section: Section, name: str, options: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:
    """Some of the options, in the order in which they are written."""
    if not section.has(name):
        return default
    found: list[str] = []
    for item in section.ids(name, 20):
        if item not in options:
            section.problems.add(section.at(name), "bad_choice", options=", ".join(options), found=item)
        elif item in found:
            section.problems.add(section.at(name), "duplicate_choice", found=item)
        else:
            found.append(item)
    return tuple(found)


def _gift(activity: Section, name: str, known: tuple[str, ...]) -> GiftRule | None:
    if not activity.has(name):
        return None
    section = activity.section(name, known)
    section.needed("total_fen")
    return GiftRule(
        total_fen=section.integer("total_fen", 1, MAX_FEN) or 1,
        count=section.integer("count", 1, MAX_COUNT) or 1,
        split=cast(Split, section.choice("split", SPLITS, "random") or "random"),
        form=cast(Form, section.choice("form", FORMS, "own") or "own"),
        min_order_fen=section.integer("min_order_fen", 0, MAX_FEN) or 0 if "min_order_fen" in known else 0,
        on_refund=cast(OnRefund, section.choice("on_refund", ON_REFUND, "reverse") or "reverse"),
    )
