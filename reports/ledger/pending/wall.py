"""挂图作战: what a court's wall chart says of each case, so that progress is seen from a distance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

from reports.courts.periods import chinese_date, months_before
from reports.ledger.pending.cases import CLOSED, CONCLUDED, OPEN, PendingCase
from reports.ledger.pending.tiers import TierPolicy, tier_name
from reports.model import WallChart, WallRow

BLANK = "未填报"


def chart(found: Iterable[PendingCase], policy: TierPolicy, *, court: str, day: date, since: date) -> WallChart | None:
    """One court's cases in the order of their filing: open ones, and those signed off on or after ``since``.

    ``None`` when there are none. Ages are days from the day after filing; with ``[pending] deduct`` less those
    excluded.
    """
    shown = [case for case in found if case.state != CLOSED or case.closed_at[:10] >= since.isoformat()]
    if not shown:
        return None
    shown.sort(key=lambda case: (case.facts.filed, case.number))
    thresholds = tuple((months, (day - months_before(day, months)).days, tier_name(months)) for months in policy.months)
    tiers = Counter(_tier(case, policy, day) for case in shown if case.state == OPEN)
    states = Counter(case.state for case in shown)
    open_ = "、".join(f"{tier_name(months)}{tiers[months]}件" for months in policy.months if tiers[months])
    summary = (
        f"截至{chinese_date(day)}，未结{states[OPEN]}件{f'（{open_}）' if open_ else ''}，"
        f"已结待核{states[CONCLUDED]}件，{chinese_date(since)}以来销号{states[CLOSED]}件。"
    )
    rows = tuple(_row(case, policy, day) for case in shown)
    return WallChart(f"{court}长期未结案件挂图作战表", summary, day, thresholds, rows)


def _tier(case: PendingCase, policy: TierPolicy, day: date) -> int | None:
    return policy.tier(case.facts.filed, case.facts.excluded, case.end(day))


def _row(case: PendingCase, policy: TierPolicy, day: date) -> WallRow:
    tier = _tier(case, policy, day)
    expected = case.answers.get("expected", "")
    days = max(case.days(day) - (case.facts.excluded if policy.deduct else 0), 0)
    level = policy.leader(tier)
    return WallRow(
        number=case.number,
        cause=case.facts.cause,
        dept=case.facts.dept,
        leader=case.answers.get("leader") or (f"{level}\n（{BLANK}）" if level else BLANK),
        expected=expected or BLANK,
        late=case.state == OPEN and bool(expected) and expected < day.isoformat(),
        age=f"{_months(case.facts.filed, case.end(day))}个月（{days}天）" if not policy.deduct else f"{days}天",
        days=days,
        tier=policy.months.index(tier) if tier else -1,
        tier_name=tier_name(tier),
        state=case.state,
        ended={OPEN: "", CONCLUDED: case.concluded, CLOSED: case.closed_at[:10]}[case.state],
    )


def _months(filed: date, end: date) -> int:
    """Whole months from filing to a day."""
    months = (end.year - filed.year) * 12 + end.month - filed.month
    return months if months_before(end, months) >= filed else months - 1
