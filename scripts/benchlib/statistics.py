"""Medians and their bootstrap intervals."""
import random

RESAMPLES = 2000
SEED = 20
FEWEST = 6  # groups: a resampling of fewer says nothing


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def interval(groups, value):
    """{median, low, high}: the median over all pairs of value(pair), with its 95 % interval.

    Windows measured under one attachment are not independent, so whole groups are drawn, not pairs; single pairs
    would give an interval that looks better than it is. The seed is fixed: the same data give the same interval.
    """
    valued = [[value(pair) for pair in group] for group in groups]
    found = median([v for group in valued for v in group])
    if len(groups) < FEWEST:
        return {"median": found, "low": None, "high": None}
    drawer, medians = random.Random(SEED), []
    for _ in range(RESAMPLES):
        medians.append(median([v for group in drawer.choices(valued, k=len(valued)) for v in group]))
    medians.sort()
    return {"median": found, "low": medians[int(0.025 * RESAMPLES)],
            "high": medians[int(0.975 * RESAMPLES) - 1]}


def within(limit, cell):
    """A limit is ("us", most) or ("ratio", most). "inside" only if the whole interval is; else "outside" or "open"."""
    unit, most = limit
    found = cell["cpu_us_change" if unit == "us" else "cpu_ratio"]
    if found["low"] is None:
        return "open"
    if found["high"] <= most:
        return "inside"
    return "outside" if found["low"] > most else "open"


def at_least(least, found):
    if found["low"] is None:
        return "open"
    if found["low"] >= least:
        return "inside"
    return "outside" if found["high"] < least else "open"


def differs(found):
    """For one tool against another: does the interval of the change have zero in it?"""
    if found["low"] is None:
        return "open"
    return "no difference shown" if found["low"] <= 0 <= found["high"] else "differs"
