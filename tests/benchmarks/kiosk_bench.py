"""Twenty kiosks clock a thousand children, in and out, in ten minutes; their server is stopped twice meanwhile.

    python -m tests.benchmarks.kiosk_bench [KIOSKS] [CHILDREN] [SECONDS]

The ten minutes are those of the kiosks' own clock, which goes faster: they are lived in SECONDS (60). A touch is
measured on the real page, from the finger to the tile painted again. Each kiosk is a process, as it is in a town;
here all of them, and the server, share the processors of one computer. Prints; never judges.
"""

from __future__ import annotations

import statistics
import sys

from tests.support.kiosks import Morning, live

_MINUTES = 10


def main() -> None:
    given = [int(argument) for argument in sys.argv[1:]]
    kiosks, children, seconds = (*given, *(20, 1000, 60)[len(given):])
    found = live(Morning(kiosks, children // kiosks, _MINUTES, seconds, stops=2, processes=kiosks))
    print(f"{kiosks} kiosques, {children} enfants, {_MINUTES} min vécues en {seconds} s, serveur arrêté 2 fois")
    print(f"  pointages faits {len(found.sent)}, distincts {len(set(found.sent))} ; en base {len(found.kept)}, "
          f"distincts {len(set(found.kept))} ; les mêmes : {'oui' if set(found.sent) == set(found.kept) else 'NON'}")
    whole = sum(state == "present" and both for state, both in found.units)
    print(f"  présences complètes {whole} sur {len(found.units)} ; en attente au plus {found.waited}")
    for words, times in (("un toucher à l'écran", found.touches_ms), ("dont processeur", found.processor_ms)):
        ranked = sorted(times)
        print(f"  {words} : médiane {statistics.median(ranked):.1f} ms, "
              f"p95 {ranked[int(len(ranked) * 0.95)]:.1f} ms, le plus long {ranked[-1]:.1f} ms")


if __name__ == "__main__":
    main()
