"""What the data cover: from when on they are whole, and which courts have reported the period."""

from __future__ import annotations

from reports.coverage.activity import Activity, activity
from reports.coverage.reported import Reported, Reporting, numbers_said, reach, reported, said

__all__ = ["Activity", "Reported", "Reporting", "activity", "numbers_said", "reach", "reported", "said"]
