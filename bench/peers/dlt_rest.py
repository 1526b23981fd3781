"""dlt's REST API source as its documentation has it, with its offset paginator; neither cleans nor categorizes."""

import dlt_pipeline
from dlt.sources.rest_api import rest_api_source

from common import BASE_URL, PAGE, TABLES, TOKEN, measured


def work():
    source = rest_api_source(
        {
            "client": {
                "base_url": f"{BASE_URL}/api/v2/tables/",
                "auth": {"type": "api_key", "name": "xc-token", "api_key": TOKEN, "location": "header"},
                "paginator": {"type": "offset", "limit": PAGE, "total_path": "pageInfo.totalRows"},
            },
            "resources": [
                {
                    "name": name,
                    "write_disposition": "replace",
                    "endpoint": {
                        "path": f"{table}/records",
                        "params": {"fields": fields},
                        "data_selector": "list",
                    },
                }
                for name, (table, fields) in TABLES.items()
            ],
        }
    )
    return dlt_pipeline.load(source)


measured(work)
