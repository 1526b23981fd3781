"""Only reading: both tables whole, a bounded window of 1,000 ids a request."""

from common import TABLES, measured
from windows import pages, session


def work():
    with session() as http:
        return sum(len(page) for name in TABLES for page in pages(http, name))


measured(work)
