"""VADER's polarity of texts, a text a line on stdin: 0 negative, 1 neutral, 2 positive a line on stdout."""

import sys

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

analyzer = SentimentIntensityAnalyzer()
for line in sys.stdin:
    compound = analyzer.polarity_scores(line.rstrip("\n"))["compound"]
    print(0 if compound <= -0.05 else 2 if compound >= 0.05 else 1)
