"""A suite that passes, warns, skips and fails, to compare what is said of it."""
import unittest
import warnings


def divides(a, b):
    if b == 1:
        warnings.warn("it stays what it is", UserWarning, stacklevel=2)
    return a / b


class SuiteTest(unittest.TestCase):
    def test_divides(self):
        self.assertEqual(divides(6, 3), 2)

    def test_warns(self):
        self.assertEqual(divides(6, 1), 6)

    def test_raises(self):
        divides(1, 0)

    def test_fails(self):
        self.assertEqual(divides(6, 3), 3)

    def test_imports_nothing(self):
        import nothing_of_this_name

    @unittest.skip("later")
    def test_skips(self):
        pass
