"""Whether the lot was fair: what `fairground verify` finds about the activity, for its page."""

from fairground_cli import verify
from fairground_cli.report.figures import ForgedLine, VerificationFigures, Verified

#: So many differences are shown: whoever sees them asks `fairground verify` for the others.
SHOWN = 5


async def verified(
    activity_id: str, database_url: str, seed_sha256: str, asked: bool = True
) -> VerificationFigures | None:
    """The verdict; None where nothing is drawn by lot. `asked`: recompute all there is. Raises Trouble.

    `seed_sha256`: as it was published first. Nothing is waited for: what has not ended is told to be verifiable later.
    """
    if not asked:
        return _unknown("not_asked", seed_sha256)
    try:
        found = await verify.verdict(activity_id, database_url, patience_s=0)
    except verify.NotVerifiable:
        return None
    except verify.NotDisclosed:
        return _unknown("not_disclosed", seed_sha256)
    except verify.Unreadable as error:
        return _unknown("unreadable", seed_sha256, str(error))
    forged = [
        ForgedLine(event=event, field=field, recorded=recorded, recomputed=recomputed)
        for event, field, recorded, recomputed in found.differences[:SHOWN]
    ]
    return VerificationFigures(
        verdict="holds" if found.holds else "differs", seed_sha256=found.seed_sha256, outcomes=found.outcomes,
        agreeing=found.agreeing, differing=found.differing, first=forged, why="",
    )  # fmt: skip


def _unknown(verdict: Verified, seed_sha256: str, why: str = "") -> VerificationFigures:
    return VerificationFigures(
        verdict=verdict, seed_sha256=seed_sha256, outcomes=0, agreeing=0, differing=0, first=[], why=why
    )
