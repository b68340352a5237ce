"""What leaves the house: letters that wait in an outbox, and the ways that they go.

A letter is whatever goes to one recipient at one time. It is put into the outbox first (:mod:`reports.delivery.outbox`)
with all that belongs to it, then handed over by one of the ways (:mod:`reports.delivery.ways`), each a file of its own.
"""

from reports.delivery.outbox import Letter, Outbox, Parcel, stamp, version_of
from reports.delivery.posting import post
from reports.delivery.ways import Attachment, Settings, Way, way_of

__all__ = ["Attachment", "Letter", "Outbox", "Parcel", "Settings", "Way", "post", "stamp", "version_of", "way_of"]
