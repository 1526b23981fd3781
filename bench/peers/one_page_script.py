"""The script a data engineer would write: read both tables, say what each conversation is about, Parquet by day."""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import requests
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from common import HEADERS, OUT, PAGE, TABLES, measured, records_url

TOPICS = {
    "restaurant": ["restaurant", "table", "cuisine", "eat", "food"],
    "travel": ["flight", "hotel", "trip", "airport", "bus", "train"],
    "event": ["ticket", "concert", "event", "movie", "show"],
    "payment": ["pay", "transfer", "account", "balance", "refund", "invoice"],
    "support": ["broken", "error", "cancel", "help", "problem", "password"],
}


def read(name):
    table, fields = TABLES[name]
    rows, offset = [], 0
    with requests.Session() as session:
        session.headers.update(HEADERS)
        while True:
            params = {"limit": PAGE, "offset": offset, "fields": fields}
            answer = session.get(records_url(table), params=params)
            answer.raise_for_status()
            page = answer.json()
            rows += page["list"]
            offset += PAGE
            if page["pageInfo"]["isLastPage"]:
                return pd.DataFrame(rows)


def topic_of(text):
    words = text.lower()
    scores = {topic: sum(words.count(word) for word in keys) for topic, keys in TOPICS.items()}
    best = max(scores, key=scores.get)
    return best if scores[best] > 0 else "other"


def work():
    conversations, messages = read("conversations"), read("messages")
    conversations["started_at"] = pd.to_datetime(conversations["started_at"], utc=True)
    messages["sent_at"] = pd.to_datetime(messages["sent_at"], utc=True)
    messages["content"] = messages["content"].fillna("").str.strip()

    analyzer = SentimentIntensityAnalyzer()
    messages["sentiment"] = [analyzer.polarity_scores(text)["compound"] for text in messages["content"]]
    messages = messages.sort_values(["conversation_id", "sent_at", "Id"])
    grouped = messages.groupby("conversation_id")
    users = messages[messages["role"] == "user"].groupby("conversation_id")
    facts = pd.DataFrame(
        {
            "messages": grouped.size(),
            "first_message_at": grouped["sent_at"].min(),
            "last_message_at": grouped["sent_at"].max(),
            "sentiment": users["sentiment"].mean(),
            "topic": users["content"].agg(" ".join).map(topic_of),
        }
    )
    facts["duration_s"] = (facts["last_message_at"] - facts["first_message_at"]).dt.total_seconds()
    conversations = conversations.merge(facts, left_on="conversation_id", right_index=True, how="left")
    conversations["day"] = conversations["started_at"].dt.strftime("%Y-%m-%d")
    messages = messages.merge(conversations[["conversation_id", "day"]], on="conversation_id", how="left")
    for name, frame in {"conversations": conversations, "messages": messages}.items():
        pq.write_to_dataset(
            pa.Table.from_pandas(frame, preserve_index=False),
            f"{OUT}/{name}",
            partition_cols=["day"],
            compression="zstd",
        )
    return len(conversations) + len(messages)


measured(work)
