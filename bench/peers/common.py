"""What all peers share: where the base is, and the one line of JSON that each ends with."""

import json
import os
import resource
import sys
import time

BASE_URL = os.environ["NOCODB_BASE_URL"]
TOKEN = os.environ["NOCODB_API_TOKEN"]
CONVERSATIONS = os.environ["CONVERSATIONS_TABLE"]
MESSAGES = os.environ["MESSAGES_TABLE"]
OUT = sys.argv[1] if len(sys.argv) > 1 else "out"
HEADERS = {"xc-token": TOKEN}
PAGE = 1000
TABLES = {
    "conversations": (CONVERSATIONS, "Id,conversation_id,app_id,user_id,started_at,status"),
    "messages": (MESSAGES, "Id,message_id,conversation_id,role,content,sent_at"),
}


def records_url(table: str) -> str:
    return f"{BASE_URL}/api/v2/tables/{table}/records"


def measured(work) -> None:
    """Runs work() -> number of rows, and prints {wall, cpu, rows, peakRssMb}; imports are not in the wall time."""
    cpu = time.process_time()
    start = time.perf_counter()
    rows = work()
    print(
        json.dumps(
            {
                "wall": time.perf_counter() - start,
                "cpu": time.process_time() - cpu,
                "rows": rows,
                "peakRssMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )
