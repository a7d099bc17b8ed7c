"""Reference values of `burst`, by the Viterbi decoder of hmmlearn and the binomial of SciPy:

    pip install hmmlearn==0.3.3 numpy==2.4.6 scipy==1.17.1
    python kleinberg.py > kleinberg.tsv

The model is that of Kleinberg, "Bursty and hierarchical structure in streams", KDD 2002, section 4,
with s = 2 and gamma = 1. A line is: what the series shows, r (ours, oldest window first), d (of all
kinds), the cheapest sequence of states (1 in the burst), what it costs in nats, the weight of the
burst that the last window lies in; separated by tabs. The cost is without the binomial
coefficients, which all sequences share; the weight is 0 where the last window is quiet.

One worked example with r and d was found, in the README of the Python package burst_detection
0.1.3: see `published`. The packages `bursts` and `pybursts` are of the model of single arrivals.
"""

import hmmlearn
import numpy as np
import scipy
from hmmlearn.base import BaseHMM
from scipy.special import gammaln
from scipy.stats import binom

SCALING = 2
TRANSITION = 1
# The least by which the second cheapest sequence must be dearer: far above any error of rounding.
CLEAR = 1e-3


class Automaton(BaseHMM):
    """Two states, whose transitions have weights (exp of minus the cost), not probabilities.

    A sample is the number of a window; `table` holds the logarithm of what either state emits.
    """

    def __init__(self, table):
        super().__init__(n_components=2)
        up = len(table) ** -float(TRANSITION)
        self.table = table
        self.startprob_ = np.array([1.0, up])  # from the quiet state, in which all begins
        self.transmat_ = np.array([[1.0, up], [1.0, 1.0]])

    def _check(self):
        """That rows sum to 1 is not asked for: these are costs."""

    def _compute_log_likelihood(self, X):
        return self.table[X[:, 0]]

    def cheapest(self):
        windows = np.arange(len(self.table)).reshape(-1, 1)
        likelihood, states = self.decode(windows, algorithm="viterbi")
        return -likelihood, states


def emissions(r, d):
    """The logarithm of the binomial probability of every window: in the quiet state, in the burst.

    SciPy's logarithm is a formula of its own, the probability itself comes from Boost; where it is
    no underflow, they must agree.
    """
    usual = r.sum() / d.sum()
    assert SCALING * usual < 1
    table = np.column_stack([binom.logpmf(r, d, usual), binom.logpmf(r, d, SCALING * usual)])
    plain = np.column_stack([binom.pmf(r, d, usual), binom.pmf(r, d, SCALING * usual)])
    seen = plain > 1e-290
    assert np.allclose(np.log(plain[seen]), table[seen], rtol=1e-9, atol=1e-8)
    return table


def second(table, states):
    """The cost of the second cheapest sequence: it must differ from the cheapest somewhere."""
    costs = []
    for window, state in enumerate(states):
        barred = table.copy()
        barred[window, state] = -np.inf
        costs.append(Automaton(barred).cheapest()[0])
    return min(costs)


def gain(table, windows):
    """What these windows together would cost more in the quiet state."""
    return sum(table[window, 1] - table[window, 0] for window in windows)


def line(name, r, d):
    r, d = np.array(r), np.array(d)
    table = emissions(r, d)
    cost, states = Automaton(table).cheapest()
    assert second(table, states) > cost + CLEAR, name
    coefficients = gammaln(d + 1) - (gammaln(r + 1) + gammaln(d - r + 1))
    quiet = np.flatnonzero(states == 0)
    last = range(quiet[-1] + 1 if len(quiet) else 0, len(r))
    shown = [",".join(map(str, column)) for column in (r, d)] + ["".join(map(str, states))]
    numbers = [float(cost + coefficients.sum()), float(gain(table, last))]
    print(name, *shown, *(f"{number:.17g}" for number in numbers), sep="\t")


def published():
    """The example of burst_detection, which prints the weights 2.68563 and 5.34226 of two bursts.

    They are of window 4, and of windows 6 and 7, counted from 0. Its sequence of states is left
    out: that package takes the cheaper state window by window and never looks back, and so misses
    window 3.
    """
    r = np.array([0, 2, 1, 6, 7, 2, 8, 7, 2, 1])
    d = np.array([9, 11, 12, 10, 10, 8, 12, 10, 13, 11])
    table = emissions(r, d)
    assert f"{gain(table, [4]):.5f}" == "2.68563"
    assert f"{gain(table, [6, 7]):.5f}" == "5.34226"
    line("published", r, d)
    # Shares are of all windows, in whatever order: at the end, the heavier burst weighs the same.
    order = [0, 1, 2, 3, 4, 5, 8, 9, 6, 7]
    line("published, the heavier burst moved to the end", r[order], d[order])


def by_hand():
    hundred = [100]
    line("no burst", [5, 6, 4, 5, 5, 6, 4, 5], hundred * 8)
    line("a burst at the end", [2, 2, 2, 12], hundred * 4)
    line("a burst at the end, of three windows", [3, 2, 4, 3, 2, 3, 9, 12, 10], hundred * 9)
    line("a burst in the middle", [3, 2, 4, 14, 16, 3, 2, 3, 4], hundred * 9)
    line("two bursts, the second lasts", [2, 3, 15, 14, 2, 1, 2, 3, 2, 2, 13, 12], hundred * 12)
    line("two bursts, both past", [2, 3, 18, 14, 2, 1, 2, 3, 13, 4, 1, 2], hundred * 12)
    line("a dip too shallow to go down for", [2, 3, 2, 1, 2, 15, 14, 8, 13, 12], hundred * 10)
    line("a dip deep enough to go down for", [2, 3, 2, 1, 2, 15, 14, 3, 13, 12], hundred * 10)
    line("a burst from the start", [15, 12, 3, 2, 3, 2, 4, 3], hundred * 8)
    line("all but the last in the burst", [19, 18, 20, 17, 0], hundred * 4 + [400])
    line("a start too weak for the way up", [8, 3, 2, 4, 3, 5, 4, 3], hundred * 8)
    line("an end too weak for the way up", [3, 2, 4, 3, 5, 4, 3, 8], hundred * 8)
    line("an end just strong enough", [3, 2, 4, 3, 5, 4, 3, 9], hundred * 8)
    line("a faster crawl", [5, 6, 5, 4, 5, 50, 48], [100, 110, 90, 100, 95, 1000, 980])
    line("a slower crawl, a greater share", [50, 48, 52, 47, 9, 11], [1000, 980, 1010, 990, 70, 80])
    line("d up and down", [1, 40, 2, 130, 0, 9, 3, 70], [20, 900, 35, 2900, 7, 180, 12, 400])
    line("one window of nearly all", [3, 30, 2, 4], [60, 5000, 40, 30])
    line("zeros, then some", [0, 0, 0, 0, 0, 0, 0, 4, 5], [40] * 9)
    line("a single one", [0, 0, 0, 0, 0, 1], [40] * 6)
    line("nothing of ours", [0, 0, 0, 0, 0], [40, 50, 0, 30, 20])
    posts = [100, 0, 110, 90, 0, 95, 100, 100, 0, 90]
    line("windows without posts", [2, 0, 3, 2, 0, 3, 2, 14, 0, 15], posts)
    line("all are ours at the end", [0, 1, 0, 2, 6], [30, 40, 35, 30, 6])
    line("almost half are ours", [25, 28, 24, 26, 58, 57], [80, 80, 80, 80, 60, 60])
    posts = [1_000_000, 990_000, 1_010_000, 1_000_000, 800_000, 820_000]
    line("d large", [980, 1010, 995, 1003, 1480, 1530], posts)
    line("d large, r small", [3, 2, 4, 0, 3, 2, 9, 8], [1_000_000] * 8)
    line("d large, no burst", [50_210, 49_870, 50_034, 50_102], [500_000] * 4)
    line("two windows, a burst", [1, 9], hundred * 2)
    line("two windows, none", [4, 6], hundred * 2)
    rise = [4, 5, 4, 3, 5, 4, 4, 5, 6, 4, 5, 6, 5, 7, 6, 8, 7, 9, 10, 11, 13, 14, 16, 17]
    line("a slow rise", rise, [150] * 24)
    line("60 windows, a burst at the end", [2, 3, 1, 2, 4] * 11 + [9, 8, 11, 10, 9], [60] * 60)
    line("60 windows, none", [2, 3, 1, 2, 4, 3] * 10, [60] * 60)


def at_random():
    """Of one share, but for a stretch in which it is greater, and in every other series the end."""
    random = np.random.default_rng(20021126)
    for number in range(1, 21):
        n = int(random.integers(2, 61))
        d = random.integers(1, 10 ** random.integers(2, 5), n)
        share = np.full(n, random.uniform(0.005, 0.06))
        begin, length, end = random.integers(0, n), *random.integers(1, 9, 2)
        share[begin : begin + length] *= random.uniform(1.2, 4)
        if number % 2 == 0:
            share[-end:] *= random.uniform(1.2, 4)
        line(f"random {number}", random.binomial(d, share), d)


print(f"# hmmlearn {hmmlearn.__version__}, NumPy {np.__version__}, SciPy {scipy.__version__}")
published()
by_hand()
at_random()
