"""The lottery among few members, with few prizes and tight limits: for worlds in a random order."""

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from fairground_contracts.activities import (
    ActivityCommand,
    PauseActivity,
    PublishActivity,
    ResumeActivity,
    StopActivity,
)
from fairground_contracts.cloudevent import parse_time_ms
from fairground_contracts.funding import FundingConfirmed, FundingRefused, FundingRequested
from fairground_contracts.members import MemberIdentityLinked, MemberRegistered
from fairground_contracts.message import Message
from fairground_contracts.orders import OrderCancelled, OrderPaid, OrderRefunded
from fairground_contracts.reward_results import (
    RewardDelivered,
    RewardRejected,
    RewardReturned,
    RewardShipped,
)
from fairground_contracts.rewards import Reward, RewardClaimed, RewardGranted, RewardRevoked
from fairground_lottery.contract import (
    SERVICE,
    BuyChances,
    ClaimPrize,
    Draw,
    FinishPlay,
    GrantChances,
    PlayStarted,
    PrizeWon,
    StartPlay,
)
from fairground_lottery.domain import Lottery, Seeds
from fairground_lottery.intake import translate
from tests.lottery.world import SECRET, THANKS, game_rules, prize, rules
from tests.worlds import HOUR_MS, MINUTE_MS, Town

NOON_MS = parse_time_ms("2017-06-01T04:00:00Z")
MEMBERS = ("ann", "bob", "cid", "dan")
WHEEL, OTHER, GAME = "wheel", "other", "game"
ACTIVITIES = (WHEEL, OTHER, GAME)


def files(chance: random.Random, version: int = 1) -> dict[str, dict[str, Any]]:
    """Two wheels and a game. A version brings more stock and money."""
    window = {"starts": "2017-05-01 00:00", "ends": "2017-06-30 00:00"}
    made = {}
    for name in (WHEEL, OTHER):
        rewards = {
            "on_refund": chance.choice(("keep", "reverse", "debt")),
            "restock": chance.random() < 0.5,
            "claim_days": chance.choice((1, 3)),
            "on_rejected": chance.choice((
                "nothing", {"kind": "points", "amount": 3}, {"kind": "draw_chances", "amount": 1, "ref": OTHER},
            )),
        }  # fmt: skip
        again = {"kind": "draw_chances", "amount": chance.choice((1, 2)), "ref": chance.choice((WHEEL, OTHER))}
        limit = {"per_member": 2} if chance.random() < 0.5 else {}
        lasting = {"expire_days": 1} if chance.random() < 0.5 else {}
        orders = _orders(chance)
        made[name] = rules(
            id=name, window=window, rewards=rewards,
            prizes=[
                prize("car", 2, stock=version, fallback="cash", value_fen=200, reward={"kind": "physical", "amount": 1},
                      **limit),
                prize("cash", 2, stock=4 * version, stock_per_day=2, fallback="thanks", value_fen=10,
                      reward={"kind": "cash", "amount": 10}),
                prize("again", 1, stock=9 * version, fallback="thanks", reward=again), {**THANKS, "weight": 4},
            ],
            budget={"total_fen": 600 * version},
            quotas=chance.choice(({}, {"per_day": 4, "total": 30})),
            **chance.choice(({}, {"pity": [{"prizes": ["cash"], "after": 3}]})),
            chances={
                "free_per_day": chance.choice((0, 1)),
                "orders": orders,
                "sources": {"share": {"chances": 1, "per_day": 2}, "invitation": {"chances": 1, "total": 2},
                            "points": {"price": 5, "per_day": 2, "answer_minutes": 10} | lasting,
                            **chance.choice(({}, {"sign_in": {"per_day": 2}}))},
                "refund_window_days": chance.choice((1, 30)),
            },
        )  # fmt: skip
    made[GAME] = game_rules(
        id=GAME, window=window, quotas={"per_day": 6},
        play={"max_score": 1000, "min_seconds": 1, "within_seconds": 7200},
        prizes=[prize("cup", 0, stock=2 * version, fallback="thanks", reward={"kind": "physical", "amount": 1}),
                prize("pen", 0), THANKS],
        rewards={"claim_days": 1, "restock": True, "on_rejected": {"kind": "draw_chances", "amount": 1, "ref": WHEEL}},
    )  # fmt: skip
    return made


def _orders(chance: random.Random) -> dict[str, Any]:
    """What orders earn at a wheel."""
    orders: dict[str, Any] = chance.choice((
        {"rule": "per_order", "chances": 2, "min_order_fen": 50, "on_refund": chance.choice(("keep", "debt"))},
        {"rule": "cumulative", "every_fen": 100, "chances": chance.choice((1, 2)),
         "on_refund": chance.choice(("keep", "debt"))},
    ))  # fmt: skip
    if chance.random() < 0.4:
        orders |= {"per_day": 4, "total": 8} | ({"expire_days": 1} if chance.random() < 0.5 else {})
    return orders


class Fairground(Town):
    """Members, a bank, a shop, whoever delivers rewards, and operators around the service."""

    def __init__(self, seed: int) -> None:
        super().__init__(Lottery(Seeds(SECRET, "k1")), translate, seed, NOON_MS)
        self._first = self.chance.getrandbits(32)
        self._version = 1
        self._orders: list[tuple[str, str, int]] = []  # member, order, fen
        self._refunded: Counter[str] = Counter()
        self.gone: set[str] = set()  # orders of which nothing is left
        self._won: list[tuple[str, RewardGranted]] = []  # of another service
        self.taken: set[str] = set()  # fundings that the bank has confirmed
        self.rejected: set[str] = set()  # rewards
        self._known: set[str] = set()  # rewards and fundings that were heard of
        for name, content in self._files().items():
            self.ask(PublishActivity(activity_id=name, rules=content))
        self.worlds.quiet()
        assert len(self.rows) == len(ACTIVITIES)

    def deeds(self) -> list[tuple[int, Callable[[], None]]]:
        """What people do; other systems are heard of in between."""
        return [
            (40, self._draw), (8, self._start), (12, self._finish), (12, self._order), (10, self._void),
            (6, self._share), (3, self._invite), (5, self._reward), (3, self._revoke), (5, self._buy), (2, self._link),
            (4, self._claim), (1, self._publish), (1, self._move), (12, self.wait), (20, self.post),
        ]  # fmt: skip

    def _files(self) -> dict[str, dict[str, Any]]:
        return files(random.Random(self._first), self._version)

    # ---- what people do --------------------------------------------------------------------------------------

    def _member(self) -> str:
        return self.chance.choice(MEMBERS)

    def _person(self) -> str:
        return self._member() if self.chance.random() < 0.03 else ""

    def _wheel(self) -> str:
        return self.chance.choice((WHEEL, WHEEL, OTHER))

    def _draw(self) -> None:
        draw = Draw(
            activity_id=self._wheel(), member_id=self._member(), person_id=self._person(),
            draws=self.chance.choice((1, 1, 2, 3)), policy=self.chance.choice(("all", "available")),
        )  # fmt: skip
        self.ask(draw, self.late_ms())

    def _start(self) -> None:
        self.ask(StartPlay(activity_id=GAME, member_id=self._member(), person_id=self._person()), self.late_ms())

    def _finish(self) -> None:
        started = self.worlds.of(PlayStarted)[-4:]
        if started:
            said = self.chance.choice(started)
            member = self._member() if self.chance.random() < 0.2 else said.member_id
            finish = FinishPlay(
                activity_id=GAME,
                member_id=member,
                play_id=said.play_id,
                score=self.chance.choice((10, 600, 950, 2_000)),
            )
            self.ask(finish)

    def _order(self) -> None:
        member, order, fen = self._member(), f"o{self.number()}", self.chance.choice((40, 70, 130, 250))
        self._orders.append((member, order, fen))
        if self.chance.random() < 0.9:
            self.say(OrderPaid(order_id=order, member_id=member, amount_fen=fen), f"{order}-p", self.late_ms())

    def _void(self) -> None:
        """An order is cancelled, or some of what is left of it is refunded."""
        if not self._orders:
            return
        member, order, fen = self.chance.choice(self._orders[-6:])
        if self.chance.random() < 0.2:
            self.gone.add(order)
            self.say(OrderCancelled(order_id=order, member_id=member), f"{order}-c")
            return
        back = self.chance.choice((10, 30, 60, fen))
        back = min(back, fen - self._refunded[order])
        if back:
            self._refunded[order] += back
            self.gone |= {order} if self._refunded[order] == fen else set()
            refund = OrderRefunded(
                order_id=order,
                member_id=member,
                amount_fen=back,
                refunded_total_fen=self._refunded[order],
                paid_fen=fen,
            )
            self.say(refund, f"{order}-r{self._refunded[order]}")

    def _share(self) -> None:
        cause = f"s{self.chance.randrange(12)}"
        grant = GrantChances(activity_id=self._wheel(), member_id=self._member(), source="share", cause=cause)
        self.ask(grant, self.late_ms())

    def _invite(self) -> None:
        registered = MemberRegistered(member_id=f"new{self.chance.randrange(9)}", inviter_id=self._member())
        self.say(registered, f"{registered.member_id}-j")

    def _reward(self) -> None:
        what = Reward(reward="draw_chances", amount=self.chance.choice((1, 2)), ref=self._wheel())
        granted = RewardGranted(
            member_id=self._member(), activity_id="daily", service="signin", version=1, reward=what
        )  # fmt: skip
        self._won.append((f"signed-{self.number()}-r", granted))
        if self.chance.random() < 0.9:
            self.say(granted, self._won[-1][0], self.late_ms())

    def _revoke(self) -> None:
        for reward, said in self.chance.sample(self._won[-5:], min(len(self._won), 1)):
            revoked = RewardRevoked(
                reward_id=reward, member_id=said.member_id, activity_id="daily", service="signin", reason="x",
                reward=said.reward,
            )  # fmt: skip
            self.say(revoked, f"{reward}-v")

    def _buy(self) -> None:
        self.ask(BuyChances(activity_id=self._wheel(), member_id=self._member()), self.late_ms())

    def _link(self) -> None:
        member, person = self.chance.sample(MEMBERS, 2)
        if self.chance.random() < 0.4:
            said = MemberIdentityLinked(member_id=member, person_id=person, link="phone")
            self.say(said, f"{member}-{person}", self.late_ms())

    def _claim(self) -> None:
        won = [(event.id, event.data) for event in self.worlds.events if isinstance(event.data, PrizeWon)]
        claimable = [(id, said) for id, said in won if said.claim_by is not None]
        for id, said in self.chance.sample(claimable[-6:], min(len(claimable), 1)):
            claim = ClaimPrize(
                activity_id=said.activity_id, member_id=said.member_id, reward_id=f"{id}-r", address_ref="7"
            )  # fmt: skip
            self.ask(claim)

    def _publish(self) -> None:
        self._version += 1
        name = self.chance.choice(ACTIVITIES)
        self.ask(PublishActivity(activity_id=name, rules=self._files()[name]))

    def _move(self) -> None:
        kinds: tuple[type[ActivityCommand], ...] = (PauseActivity, ResumeActivity, StopActivity)
        kind = self.chance.choices(kinds, (10, 20, 1))[0]
        self.ask(kind(activity_id=self.chance.choice(ACTIVITIES)))

    # ---- what other systems say --------------------------------------------------------------------------------

    def hear(self, id: str, said: Message) -> None:
        """The bank, whoever delivers rewards, and the answers of the lottery itself."""
        if id not in self._known:
            if isinstance(said, FundingRequested):
                self._answer(id, said)
            elif isinstance(said, RewardGranted) and said.reward.reward != "draw_chances":
                self._deliver(id, said)
            elif isinstance(said, RewardClaimed):
                self._ship(said)
        if isinstance(said, RewardRejected | RewardDelivered):
            self.say(said, id)
        self._known.add(id)

    def _answer(self, funding_id: str, said: FundingRequested) -> None:
        """The bank takes the points, or not, or nobody answers."""
        fields: dict[str, Any] = {
            "member_id": said.member_id, "activity_id": said.activity_id, "service": SERVICE, "funding_id": funding_id
        }  # fmt: skip
        late_ms = self.chance.choice((0, 0, 0, -5 * MINUTE_MS, -15 * MINUTE_MS, -2 * HOUR_MS))
        what = self.chance.random()
        if what < 0.7:
            self.taken.add(funding_id)
            self.say(FundingConfirmed(**fields), f"{funding_id}-y", late_ms)
        elif what < 0.85:
            self.say(FundingRefused(**fields, reason="balance_too_low"), f"{funding_id}-n", late_ms)

    def _deliver(self, reward: str, said: RewardGranted) -> None:
        """Whoever delivers says once what becomes of it; of what has to be claimed only that it is impossible."""
        fields: dict[str, Any] = {"reward_id": reward, "member_id": said.member_id}
        fields |= {"activity_id": self.chance.choice(("", said.activity_id))}
        if self.chance.random() < 0.3:
            self.rejected.add(reward)
            self.say(RewardRejected(**fields, reason="sold_out"), f"{reward}-x")
        elif said.reward.reward != "physical":
            self.say(RewardDelivered(**fields), f"{reward}-d")

    def _ship(self, said: RewardClaimed) -> None:
        if said.reward_id in self.rejected:
            return
        fields: dict[str, Any] = {"reward_id": said.reward_id, "member_id": said.member_id}
        self.say(RewardShipped(**fields), f"{said.reward_id}-s")
        kind = self.chance.choice((RewardDelivered, RewardReturned))
        self.say(kind(**fields), f"{said.reward_id}-e")
