"""A dlt pipeline into Parquet files in a directory; its own folder each run, so that nothing is left from the last."""

import os

os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
os.environ.setdefault("RUNTIME__LOG_LEVEL", "ERROR")

import dlt  # noqa: E402

from common import OUT  # noqa: E402


def load(source):
    """Loads a source; returns the number of rows of the two tables."""
    pipeline = dlt.pipeline(
        pipeline_name="nocodb",
        pipelines_dir=f"{OUT}/state",
        destination=dlt.destinations.filesystem(bucket_url=f"file://{os.path.abspath(OUT)}/parquet"),
        dataset_name="conversations",
    )
    pipeline.run(source, loader_file_format="parquet").raise_on_failed_jobs()
    counts = pipeline.last_trace.last_normalize_info.row_counts
    return counts["conversations"] + counts["messages"]
