"""The bare batch apply, for information: the same change of a thousand draws written again and again."""

import time

from fairground_contracts.cloudevent import parse_time_ms
from fairground_contracts.topics import PARTITIONS
from fairground_decider import Command, Coordinates, Event, State, touched
from fairground_lottery.contract import Draw
from fairground_lottery.domain import Lottery, Seeds
from fairground_runtime.kafka.adapters import partition_of
from fairground_runtime.protocol.ports import Position
from fairground_runtime.redis_store import RedisStore
from tests.bench.stage import SERVICE, Failed, Speed, Stage
from tests.bench.traffic import Scene

_BATCH = 1_000
_UNUSED_PARTITION = 99


async def bare_apply(stage: Stage, scene: Scene, batches: int) -> Speed:
    """RedisStore.apply of real records, on keys of a partition that nobody has."""
    lottery = Lottery(Seeds(bytes(32), "bench"))
    asked = [one for one in scene.draws(stage.drawn(scene), 8 * _BATCH) if one.partition == 0][:_BATCH]
    draws = [Draw.model_validate_json(one.value) for one in asked]
    partition = partition_of(asked[0].key, PARTITIONS)
    _, state = await RedisStore(stage.redis, lottery, partition, 1).load(touched(lottery, draws))
    for number, (one, draw) in enumerate(zip(asked, draws, strict=True)):
        time_sent = dict(one.headers)["ce_time"].decode()
        at = Coordinates(SERVICE, 1, _UNUSED_PARTITION, number)
        _decide(lottery, state, Command(f"apply-{number}", time_sent, parse_time_ms(time_sent), at, draw))
    change, store = state.change(), RedisStore(stage.redis, lottery, _UNUSED_PARTITION, 1)
    if len(change.records) < _BATCH / 2:
        raise Failed(f"a batch of {_BATCH} draws changed {len(change.records)} records: they were refused")
    start = (await store.position()).next
    began_s = time.monotonic()
    for _ in range(batches):
        if not await store.apply(store.pack(change), start, Position(start + _BATCH, start + _BATCH)):
            raise Failed("the bare apply was refused")
        start += _BATCH
    return Speed(batches * _BATCH, time.monotonic() - began_s, 0.0)


def _decide(lottery: Lottery, state: State, command: Command[Draw]) -> None:
    for index, data in enumerate(lottery.decide(state, command)):
        event = Event(command.at.event_id(index), command.time, command.time_ms, command.id, data)
        lottery.evolve(state, event)
    state.keep()
