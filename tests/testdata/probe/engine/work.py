"""Functions of every kind that the probe times."""
import functools


def plain(a, b=2):
    """Adds."""
    return a + b


def fails():
    raise ValueError("it cannot be")


def logged(function):
    """A decorator; all that it decorates share the code of its wrapper."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


@logged
def decorated():
    return "decorated"


@logged
def other():
    return "other"


def numbers():
    got = yield 1
    yield got
    return 3


async def answers(value):
    import asyncio

    await asyncio.sleep(0)
    return value


class Base:
    def inherited(self):
        return type(self).__name__


class Model(Base):
    def __init__(self, name):
        self.name = name

    def method(self):
        return self.name

    @staticmethod
    def static(value):
        return value

    @classmethod
    def made(cls, name):
        return cls(name)

    async def serve(self):
        return await answers(self.name)


class Sibling(Base):
    pass


def recurses(depth):
    return depth and recurses(depth - 1)
