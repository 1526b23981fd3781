"""fastText and scikit-learn's linear SVC on the same texts: accuracy and texts a CPU second, as JSON on stdout.

Usage: peers.py TRAIN TEST, both of lines label<TAB>text; `oos` in TEST is left out. What is not installed is left out too.
"""

import json
import os
import sys
import tempfile
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

BATCH = 256
ROUNDS = 5


def read(path):
    with open(path, encoding="utf-8") as lines:
        rows = [line.rstrip("\n").split("\t", 1) for line in lines]
    return [(text.lower(), label) for label, text in rows if label != "oos"]


def speed(predict, texts):
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        for at in range(0, len(texts), BATCH):
            predict(texts[at : at + BATCH])
        best = min(best, time.process_time() - began)
    return round(len(texts) / best)


def figures(predict, test):
    from collections import Counter

    texts = [text for text, _ in test]
    answers = predict(texts)
    hits, truths, found = Counter(), Counter(), Counter(answers)
    for (_, truth), answer in zip(test, answers):
        truths[truth] += 1
        hits[truth] += truth == answer
    f1 = [2 * hits[label] / (truths[label] + found[label]) for label in truths]
    return {
        "accuracy": sum(hits.values()) / len(test),
        "macroF1": sum(f1) / len(f1),
        "textsPerCpuSecond": speed(predict, texts),
    }


def svc(train, test):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    model = make_pipeline(
        make_union(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
        ),
        LinearSVC(),
    )
    model.fit([text for text, _ in train], [label for _, label in train])
    return figures(lambda texts: list(model.predict(texts)), test)


def fasttext(train, test):
    import fasttext as library

    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        for text, label in train:
            file.write(f"__label__{label.replace(' ', '_')} {text}\n")
        file.flush()
        model = library.train_supervised(
            file.name, dim=50, epoch=50, lr=0.5, wordNgrams=2, minn=2, maxn=5, thread=1, seed=1, verbose=0
        )
    # The compiled predict: the Python wrapper of some versions cannot be used with NumPy 2.
    def predict(texts):
        rows = model.f.multilinePredict([text + "\n" for text in texts], 1, 0.0, "strict")[0]
        return [row[0].removeprefix("__label__") for row in rows]

    return figures(predict, test)


def main():
    import random

    train, test = read(sys.argv[1]), read(sys.argv[2])
    random.Random(1).shuffle(train)
    result = {}
    for name, measure in (("fasttext", fasttext), ("sklearn LinearSVC", svc)):
        try:
            result[name] = measure(train, test)
        except ImportError as error:
            result[name] = {"skipped": f"not installed: {error.name}"}
    json.dump(result, sys.stdout)


main()
