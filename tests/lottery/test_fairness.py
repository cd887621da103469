"""Every outcome can be recomputed from the public record, by whoever knows the page "Fair draws" and the seed.

The verifier here shares no code with the lottery: it reads published rules and events as plain data, and members only
as aliases.
"""

import hmac
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs

from fairground_decider import Event
from fairground_decider.entropy import Mac, alias
from fairground_decider.folding import fold
from fairground_lottery.domain import Lottery, Seeds
from fairground_lottery.traffic import commands
from tests.lottery.world import SECRET, Fair, prize

Rules = dict[str, Any]


class Verifier:
    """What is counted of one wheel, and what each draw must come to."""

    def __init__(self, seed: bytes, aliases: Mac) -> None:
        self.seed = seed
        self.aliases = aliases
        self.rules: Rules = {}
        self.prizes: dict[str, Rules] = {}
        self.won: Counter[Any] = Counter()
        self.fen: Counter[str] = Counter()
        self.drawn: Counter[Any] = Counter()
        self.opened: Counter[Any] = Counter()
        self.misses: dict[str, dict[str, int]] = {}

    def publish(self, rules: Rules) -> None:
        self.rules, self.prizes = rules, {each["id"]: each for each in rules["prizes"]}

    def link(self, alias: str, into: str) -> None:
        """Two members are one person."""
        both, since = (alias, into), dict[str, int]()
        for name in self.prizes:
            drawn = [self.drawn[who] - self.opened[who, name] for who in both if self.opened[who, name]]
            since |= {name: min(drawn)} if drawn else {}
            self.won["by", into, name] += self.won.pop(("by", alias, name), 0)
        for key in [key for key in self.drawn if key == alias or (isinstance(key, tuple) and key[0] == alias)]:
            self.drawn[into if key == alias else (into, key[1])] += self.drawn.pop(key)
        for name, drawn_since in since.items():
            self.opened[into, name] = self.drawn[into] - drawn_since
        misses = [self.misses.pop(who, {}) for who in both]
        self.misses[into] = {name: max(of.get(name, 0) for of in misses) for name in {*misses[0], *misses[1]}}

    def expected(self, event_id: str, said: Rules, hour: int) -> Rules:
        """What the event must say, from what is counted so far."""
        reasons = {name: self._withheld(each, said, hour) for name, each in self.prizes.items()}
        weights, pity = self._under_pity(self._table(said["table"]), reasons, said["alias"])
        if self.rules["sold_out"] == "renormalise":
            weights = {name: 0 if reasons[name] else weight for name, weight in weights.items()}
        _, epoch, partition, offset, index = event_id.rsplit("-", 4)
        nonce = f"{epoch}|{partition}|{offset}|{index}|{said['alias']}"
        number, attempt = self._number(nonce, sum(weights.values()))
        name = next(name for name, bound in zip(weights, accumulate(weights.values()), strict=True) if number < bound)
        given = name
        while given and reasons[given]:
            given = self.prizes[given]["fallback"] if self.rules["sold_out"] == "fallback" else ""
        return {
            "attempt": attempt, "drawn_id": name, "prize_id": given, "withheld": reasons[name], "pity": pity,
        }  # fmt: skip

    def _number(self, nonce: str, total: int) -> tuple[int, int]:
        attempt = 0
        while True:
            digest = hmac.digest(self.seed, f"{nonce}|{attempt}".encode(), "sha256")
            number = int.from_bytes(digest[:8], "big")
            if number < 2**64 - 2**64 % total:
                return number % total, attempt
            attempt += 1

    def _table(self, table: str) -> dict[str, int]:
        if table == "lowest":
            endless = [each for each in self.prizes.values() if self._endless(each)]
            lowest = min(endless, key=lambda each: (each["value_fen"], "reward" in each))
            return {name: int(name == lowest["id"]) for name in self.prizes}
        if table:
            weights = next(each["weights"] for each in self.rules["tables"] if each["id"] == table)
            return {name: weights.get(name, 0) for name in self.prizes}
        return {name: each["weight"] for name, each in self.prizes.items()}

    def _endless(self, each: Rules) -> bool:
        limits = {"stock", "stock_per_day", "per_member", "unlock"} & each.keys()
        return not limits and not (self.rules["budget"] and each["value_fen"])

    def _withheld(self, each: Rules, said: Rules, hour: int) -> str:
        name, day, alias = each["id"], said["day"], said["alias"]
        budget, value = self.rules["budget"], each["value_fen"]
        if "unlock" in each and self._counted(each, said) < each["unlock"]["after"]:
            return "locked"
        if self.won[name] >= each.get("stock", 2**60):
            return "sold_out"
        if self.won[name, day] >= each.get("stock_per_day", 2**60):
            return "sold_out_today"
        if "pacing" in each and self._paced(each, day, hour):
            return "paced"
        if self.won["by", alias, name] >= each.get("per_member", 2**60):
            return "per_member"
        over = self.fen[""] + value > budget.get("total_fen", 2**60)
        return "budget" if over or self.fen[day] + value > budget.get("per_day_fen", 2**60) else ""

    def _counted(self, each: Rules, said: Rules) -> int:
        who = "all" if each["unlock"]["by"] == "all" else said["alias"]
        if each["unlock"]["per"] == "day":
            return self.drawn[who, said["day"]]
        return self.drawn[who] - (self.opened[who, each["id"]] if each["unlock"]["per"] == "cycle" else 0)

    def _paced(self, each: Rules, day: str, hour: int) -> bool:
        pacing, name = each["pacing"], each["id"]
        if pacing["by"] == "hour":
            slot, slots, stock, given = hour, 24, each["stock_per_day"], (name, day)
            given_here: Any = (name, day, hour)
        else:
            first = self._business_day(self.rules["window"]["starts"], 0)
            slots = (self._business_day(self.rules["window"]["ends"], 1) - first).days + 1
            slot, stock, given, given_here = (date.fromisoformat(day) - first).days, each["stock"], name, (name, day)
        curve = [pacing["curve"][at % len(pacing["curve"])] for at in range(slots)]
        until, before = (stock * sum(curve[:end]) // sum(curve) for end in (slot + 1, slot))
        return bool(self.won[given] >= until if pacing["carry"] else self.won[given_here] >= until - before)

    def _business_day(self, local: str, minus_seconds: int) -> date:
        starts = timedelta(hours=self.rules["day_start_hour"], seconds=minus_seconds)
        return (datetime.fromisoformat(local) - starts).date()

    def _under_pity(self, weights: dict[str, int], reasons: dict[str, str], alias: str) -> tuple[dict[str, int], str]:
        misses, raised, due = self.misses.get(alias, {}), dict(weights), False
        for pity in self.rules.get("pity", ()):
            chosen = {name for name in pity["prizes"] if weights[name] and not reasons[name]}
            if misses.get(pity["id"], 0) >= pity["after"]:
                if chosen:
                    return {name: weight if name in chosen else 0 for name, weight in weights.items()}, "hard"
                due = True
        for pity in self.rules.get("pity", ()):
            missed = misses.get(pity["id"], 0)
            if "soft" in pity and pity["soft"]["from"] <= missed < pity["after"]:
                for name in {name for name in pity["prizes"] if weights[name] and not reasons[name]}:
                    raised[name] += (missed - pity["soft"]["from"] + 1) * pity["soft"]["step"]
        return raised, "due" if due else "soft" if raised != weights else ""

    def count(self, said: Rules, hour: int) -> None:
        """What the draw changes."""
        alias, day, name = said["alias"], said["day"], said["prize_id"]
        opens_by = {each["unlock"]["by"] for each in self.prizes.values() if "unlock" in each}
        for who in (alias, "all") if "all" in opens_by else (alias,):
            self.drawn[who] += 1
            self.drawn[who, day] += 1
        if "reward" in said:
            value, each = said["reward"]["value_fen"], self.prizes[name]
            self.won.update([name, (name, day)])
            if "per_member" in each:
                self.won["by", alias, name] += 1
            if each.get("pacing", {}).get("by") == "hour" and not each["pacing"]["carry"]:
                self.won[name, day, hour] += 1
            self.fen.update({"": value, day: value})
        if name and self.prizes[name].get("unlock", {}).get("per") == "cycle":
            who = "all" if self.prizes[name]["unlock"]["by"] == "all" else alias
            self.opened[who, name] = self.drawn[who]
        before = self.misses.get(alias, {})
        self.misses[alias] = {
            pity["id"]: 0 if name in pity["prizes"] else min(before.get(pity["id"], 0) + 1, pity["after"])
            for pity in self.rules.get("pity", ())
        }


def verify(events: Iterable[Event[Any]], seeds: Seeds) -> Iterator[tuple[Event[Any], Rules, Rules]]:
    """Each draw with what its event says and what it has to say."""
    wheels: dict[str, Verifier] = {}
    for event in events:
        said = event.data.model_dump(mode="json")
        if event.data.type == "fairground.activity.published.v1":
            activity, key_id = said["activity_id"], said["seed_key_id"]
            aliases = seeds.of(activity, key_id).aliases
            wheel = wheels.setdefault(activity, Verifier(seeds.seed(activity, key_id), aliases))
            wheel.publish(said["rules"])
        elif event.data.type == "lottery.members.linked.v1":
            wheel = wheels[said["activity_id"]]
            wheel.link(*(alias(wheel.aliases, said[name]) for name in ("member_id", "person_id")))
        elif "drawn_id" in said:
            wheel = wheels[said["activity_id"]]
            local = datetime.fromisoformat(event.time).astimezone(ZoneInfo(wheel.rules["zone"]))
            hour = (local.hour - wheel.rules["day_start_hour"]) % 24
            wanted = wheel.expected(event.id, said, hour)
            yield event, {name: said[name] for name in wanted}, wanted
            wheel.count(said, hour)


@pytest.mark.parametrize("seed", range(3))
def test_09_every_outcome_follows_from_the_page_the_seed_and_the_record(seed: int) -> None:
    seeds = Seeds(SECRET, "k1")
    world = fold(Lottery(seeds), commands(seed, 4000))
    reasons: Counter[str] = Counter()
    for event, said, wanted in verify(world.events, seeds):
        assert said == wanted, event
        reasons.update([wanted["withheld"], wanted["pity"]])
    assert {"hard", "soft", "due"} <= reasons.keys()


def test_09_a_wheel_that_uses_everything_is_verified_too() -> None:
    curve = {"by": "hour", "curve": [1] * 24, "carry": False}
    days = {"by": "day", "curve": [2, 1, 0], "carry": True}
    for sold_out in ("fallback", "renormalise", "miss"):
        more: Rules = {"fallback": "pen"} if sold_out == "fallback" else {}
        fair = Fair(
            sold_out=sold_out, chances={"free_per_day": 60}, day_start_hour=5, budget={"per_day_fen": 40},
            window={"starts": "2017-05-30 00:00", "ends": "2017-06-12 12:00"},
            prizes=[
                prize("a", 9, stock=40, pacing=days, value_fen=10, per_member=9, **more),
                prize("b", 9, stock_per_day=48, pacing=curve, value_fen=5, **more),
                prize("c", 9, unlock={"after": 7, "by": "all", "per": "cycle"}, **more),
                prize("d", 1, unlock={"after": 20, "by": "member", "per": "cycle"}, stock=9, **more),
                prize("e", 1, unlock={"after": 90, "by": "all", "per": "day"}, **more),
                prize("pen", 50), {"id": "thanks", "name": {"zh": "谢谢", "en": "Thanks"}, "weight": 9},
            ],
            pity=[{"prizes": ["d", "a"], "after": 9, "soft": {"from": 4, "step": 3}}, {"prizes": ["c"], "after": 12}],
            tables=[{"id": "late", "when": {"draws": 30}, "weights": {"a": 1, "c": 3, "pen": 7}}],
            risk={3: "lowest"},
        )  # fmt: skip
        for day in range(1, 9):
            for hour in (4, 6, 12, 23):
                for member in ("ann", "bob", "cid"):
                    fair.draw(member, draws=12, now=f"2017-06-{day:02} {hour:02}:59", risk=3 * (hour == 23))
        seen: Counter[str] = Counter()
        for event, said, wanted in verify(fair.world.events, Seeds(SECRET, "k1")):
            assert said == wanted, (sold_out, event)
            seen.update([wanted["withheld"], wanted["pity"]])
        if sold_out != "renormalise":
            assert {"locked", "paced", "budget", "per_member", "hard", "soft", "due"} <= seen.keys()
        fair.checked()


@pytest.mark.parametrize("field", ["drawn_id", "prize_id", "pity", "withheld", "attempt"])
def test_09_one_altered_outcome_is_found(field: str) -> None:
    fair = Fair(prizes=[prize("a"), prize("b"), prize("c")], chances={"free_per_day": 60})
    fair.draw(draws=20)
    events = list(fair.world.events)
    assert all(said == wanted for _, said, wanted in verify(events, Seeds(SECRET, "k1")))
    other = {"attempt": 1, "pity": "hard", "withheld": "sold_out"}.get(field)
    if other is None:
        other = next(name for name in "abc" if name != getattr(events[7].data, field))
    events[7] = structs.replace(events[7], data=events[7].data.model_copy(update={field: other}))
    altered = [said != wanted for _, said, wanted in verify(events, Seeds(SECRET, "k1"))]
    assert altered.index(True) == 6  # the publication is no draw
