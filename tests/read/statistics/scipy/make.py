"""Writes expected.json: what SciPy and statsmodels say of fixed samples.

The tests of src/read/statistics compare against it. To make it again:
    python3 -m venv VENV && VENV/bin/pip install scipy statsmodels
    VENV/bin/python make.py && deno fmt expected.json
"""

import json
import pathlib

import numpy
import scipy
import statsmodels
from scipy import stats
from statsmodels.stats.multitest import multipletests

RANDOM = numpy.random.default_rng(20261128)


def samples(m, n, shift, ties):
    """Two samples without ties, or with so few values that many are equal."""
    a, b = RANDOM.normal(30, 2.4, m), RANDOM.normal(30 + shift, 2.4, n)
    digits = 0 if ties else 9
    return numpy.round(a, digits).tolist(), numpy.round(b, digits).tolist()


def rank_test(a, b, ties):
    """The two-sided p-value by SciPy's exact method; with ties by all permutations."""
    asymptotic = stats.mannwhitneyu(b, a, method="asymptotic", use_continuity=True)
    if ties:
        # Over all ways to choose one side; SciPy's own two-sided p is twice the smaller tail.
        exact = stats.permutation_test(
            (b, a),
            lambda x, y, axis: stats.mannwhitneyu(x, y, axis=axis, method="asymptotic").statistic,
            permutation_type="independent",
            n_resamples=numpy.inf,
            vectorized=True,
        )
        p = exact.pvalue
    else:
        p = stats.mannwhitneyu(b, a, method="exact").pvalue
    return {
        "u": float(asymptotic.statistic),
        "exact": float(p),
        "asymptotic": float(asymptotic.pvalue),
    }


def shift_interval(a, b, level=0.05):
    """The Hodges-Lehmann shift, and by inversion all shifts that the exact test does not reject."""
    differences = numpy.sort([y - x for y in b for x in a])

    def rejected(shift):
        moved = [y - shift for y in b]
        return stats.mannwhitneyu(moved, a, method="exact").pvalue <= level

    # The test's result changes at the differences only: look between each two neighbours.
    middles = (differences[1:] + differences[:-1]) / 2
    kept = [i for i, shift in enumerate(middles) if not rejected(shift)]
    return {
        "shift": float(numpy.median(differences)),
        "low": float(differences[kept[0]]),
        "high": float(differences[kept[-1] + 1]),
    }


def rank_tests():
    cases = []
    sizes = [(1, 1), (2, 3), (3, 3), (4, 4), (5, 5), (6, 6), (6, 9), (8, 8), (12, 10)]
    for m, n in sizes:
        for shift in (0, 3, 12):
            a, b = samples(m, n, shift, False)
            cases.append({"a": a, "b": b, "ties": False, **rank_test(a, b, False)})
    for m, n in [(2, 2), (3, 4), (5, 5), (6, 6), (5, 9), (7, 8)]:
        for shift in (0, 2, 5):
            a, b = samples(m, n, shift, True)
            cases.append({"a": a, "b": b, "ties": True, **rank_test(a, b, True)})
    # A phase that some runs do not have.
    absent = ([0, 0, 0, 0, 0, 0], [0, 0, 1.5, 2.5, 3.5, 0])
    cases.append({"a": absent[0], "b": absent[1], "ties": True, **rank_test(*absent, True)})
    return cases


def large_rank_tests():
    """Too many for permutations: the exact p without ties, the normal one with them."""
    cases = []
    for m, n, ties in [(100, 100, False), (60, 40, False), (40, 40, True), (100, 100, True)]:
        a, b = samples(m, n, 0.8, ties)
        asymptotic = stats.mannwhitneyu(b, a, method="asymptotic", use_continuity=True)
        exact = None if ties else float(stats.mannwhitneyu(b, a, method="exact").pvalue)
        cases.append({
            "a": a,
            "b": b,
            "ties": ties,
            "u": float(asymptotic.statistic),
            "exact": exact,
            "asymptotic": float(asymptotic.pvalue),
        })
    return cases


def shifts():
    cases = []
    for m, n in [(4, 4), (5, 5), (6, 6), (6, 8), (10, 10), (20, 20)]:
        for shift in (0, 4):
            a, b = samples(m, n, shift, False)
            cases.append({"a": a, "b": b, **shift_interval(a, b)})
    return cases


def corrections():
    cases = []
    for size in (1, 2, 5, 12, 40):
        ps = numpy.round(RANDOM.uniform(0, 1, size) ** 3, 6).tolist()
        cases.append({"p": ps, "holm": multipletests(ps, method="holm")[1].tolist()})
    return cases


def quantiles():
    cases = []
    for size in (1, 2, 5, 6, 11):
        values = samples(size, 1, 0, False)[0]
        q1, median, q3 = numpy.percentile(values, [25, 50, 75])
        cases.append({"values": values, "q1": q1, "median": median, "q3": q3})
    return cases


EXPECTED = {
    "made_with": {
        "scipy": scipy.__version__,
        "numpy": numpy.__version__,
        "statsmodels": statsmodels.__version__,
    },
    "rank_tests": rank_tests(),
    "large_rank_tests": large_rank_tests(),
    "shifts": shifts(),
    "holm": corrections(),
    "quantiles": quantiles(),
    "upper_tail": [{"z": z, "p": float(stats.norm.sf(z))} for z in (0, 0.5, 1, 1.96, 3, 5, 8)],
}
path = pathlib.Path(__file__).with_name("expected.json")
path.write_text(json.dumps(EXPECTED, indent=2) + "\n")
