"""dlt that reads bounded windows of ids; neither cleans nor categorizes."""

import dlt_pipeline
import dlt

from common import TABLES, measured
from windows import pages, session


@dlt.source
def nocodb():
    def rows(name):
        with session() as http:
            yield from pages(http, name)

    for name in TABLES:
        yield dlt.resource(rows(name), name=name, write_disposition="replace")


measured(lambda: dlt_pipeline.load(nocodb()))
