"""The site itself, killed process by process while people act through its forms: no act lost that they were told of."""

import random
import time

from support.history import KILLS
from support.site import Site, acting

ALL_AT_ONCE = 20


def test_a_site_whose_processes_are_killed_at_any_moment(plant, history):
    chance, site = random.Random(17), Site(plant)
    try:
        with acting(site.port, "whitfield", "raman") as people:
            for number in range(1, KILLS + 1):
                time.sleep(chance.uniform(0.02, 0.7))
                if number % ALL_AT_ONCE:
                    site.kill_one(chance)
                else:
                    site.kill_all()
    finally:
        site.end()
    told = [name for person in people for name in person.told]
    assert len(told) > len(people), "they acted all the while"
    assert not [name for person in people for name in person.astray], "who is signed in stays so"
    now = history.look()
    assert set(told) <= set(now["names"]), "an act is lost that somebody was told of"
    history.go_on()
