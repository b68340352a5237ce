"""What the court above has published (``[[reference]]``), checked against the catalogue."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from reports.courts.periods import parse_period
from reports.errors import ConfigError
from reports.model import ALL_LINES, LINE_ORDER, Published
from reports.pipeline.job import Job


def published(job: Job) -> tuple[Published, ...]:
    """The published values of the job's period, in the order of the catalogue; raises :class:`ConfigError`.

    A value of another period is checked too, and waits for its own.
    """
    catalogue = job.whole_catalogue
    found = []
    for number, entry in enumerate(job.workspace.config.reference, 1):
        where = f"{job.workspace.config_path} 第{number}个 [[reference]]"
        try:
            item = catalogue.indicator(entry.indicator)
        except ConfigError as error:
            raise ConfigError(error.what, where=where, advice=error.advice) from error
        if item.kind == "count":
            raise ConfigError(
                f"“{item.name}”是件数，与一个法院的件数没有可比之处。", where=where, advice="请写比率、比值或天数。"
            )
        line = entry.line or ALL_LINES
        if line not in (ALL_LINES, *LINE_ORDER):
            raise ConfigError(f"没有条线“{line}”。", where=where, advice=f"可写 {'、'.join(LINE_ORDER)}。")
        period = parse_period(entry.period, cutoff_day=job.workspace.config.period.cutoff_day, until=job.as_of)
        value = _value(entry.value, where)
        if period.key == job.period.key:
            found.append(Published(item.id, line, entry.whole, value, entry.interval, entry.source))
    order = list(catalogue.indicators)
    return tuple(sorted(found, key=lambda one: order.index(one.indicator)))


def _value(given: float | str, where: str) -> Decimal:
    try:
        value = Decimal(str(given).strip().removesuffix("%").removesuffix("天"))
    except InvalidOperation:
        value = Decimal("nan")
    if not value.is_finite():
        raise ConfigError(f"“{given}”不是数。", where=f"{where} value", advice="按印出的单位写，如 96.35。")
    return value
