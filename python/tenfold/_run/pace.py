"""How fast work is done: the lanes (processes or threads) that are at it, and what each has under way.

Answers come when a unit of work ends, and a unit may be long beside the search. So what is under way counts
as done, as far as it must be by now: else a search would seem slow in its beginning and quick at its end.
"""

from __future__ import annotations

# Cold worker processes begin with their work so many seconds after they are asked for.
_START_SECONDS = 1.0
_LEAST, _MOST = 0.2, 1.05  # seconds of cells that a lane is taken to give a second


class Pace:
    """Seconds of work that are under way, and seconds that are done a second."""

    def __init__(self) -> None:
        self._lanes: dict[str, tuple[float, float]] = {}
        self._n_lanes = 1
        self._since = 0.0
        self._before = 0.0
        self._prepares = False
        self.unit_seconds = 0.0
        self.n_calls = 0

    def begin(self, now: float, done: float, n_lanes: int, *, prepares: bool) -> None:
        """From here on other work is done, by so many lanes.

        Parameters
        ----------
        done : float
            Seconds of the cells that are answered.
        prepares : bool
            Whether it answers no cells: transformers are fitted.
        """
        self._lanes.clear()
        self._n_lanes, self._since, self._before = n_lanes, now, done
        self._prepares = prepares
        self.unit_seconds, self.n_calls = 0.0, 0

    def join(self, now: float, n_lanes: int, *, warm: bool) -> None:
        """Worker processes are asked for; what this process does beside them is soon over."""
        self._n_lanes = n_lanes
        self._since = now if warm else now + _START_SECONDS

    def unit(self, lane: str, began: float, ended: float, n_calls: int) -> None:
        """A lane has ended a unit of so many calls."""
        first = self._lanes.get(lane, (began, ended))[0]
        self._lanes[lane] = first, ended
        self.unit_seconds += ended - began
        self.n_calls += n_calls

    def left(self, now: float, done: float, expected: float) -> float:
        """Seconds until the end; ``done`` are those of the cells that are answered."""
        if self._prepares:
            expected = max(expected - self.unit_seconds, 0.0)
        rate = self._n_lanes * self._given_a_second(done)
        return max(expected - self._under_way(now, expected), 0.0) / rate

    def _given_a_second(self, done: float) -> float:
        elapsed = sum(ended - first for first, ended in self._lanes.values())
        seconds = done - self._before
        if self._prepares or elapsed <= 0.0 or seconds <= 0.0:
            return 1.0
        return min(max(seconds / elapsed, _LEAST), _MOST)

    def _under_way(self, now: float, expected: float) -> float:
        """Seconds that the lanes have spent on what they have not answered."""
        if self._n_lanes == 1:
            return 0.0  # it is asked between two units
        latest = sorted((ended for _, ended in self._lanes.values()), reverse=True)
        ends = latest[: self._n_lanes]
        ends += [self._since] * (self._n_lanes - len(ends))
        return sum(min(max(now - end, 0.0), expected / self._n_lanes) for end in ends)
