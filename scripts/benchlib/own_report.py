"""What loopstall takes itself, as tables."""


def own_rows(own):
    busy, first = own["busy"], own["first_iteration_ms"]
    share, outside = busy["collector_cpu_share"], busy["collector_cpu_share_seen_from_outside"]
    return [["what loopstall takes itself", "measured", "limit"],
            [f"CPU at {busy['iterations_per_s']:,.0f} iterations/s, over {busy['seconds']} s",
             f"{share:.2%} of a core (seen from outside: {outside:.2%})", "1 %"],
            ["peak resident memory", f"{busy['peak_rss_bytes'] / 1e6:.1f} MB", "40 MB"],
            ["BPF maps", f"{busy['map_bytes'] / 1e6:.1f} MB", "16 MB"],
            [f"start to first counted iteration, {first['runs']} starts",
             f"median {first['median']:.0f} ms, worst {first['worst']:.0f} ms", "500 ms"]]


def evidence_row(name, found):
    about = (f"{name}: {found['stalls_per_s']:.1f} stalls/s, {found['switches_per_s']:.0f} sleeps/s of its loop, "
             f"{found['rps']:.0f} requests/s")
    share, outside = found["collector_cpu_share"], found["collector_cpu_share_seen_from_outside"]
    return [about, f"{share:.2%} of a core (seen from outside: {outside:.2%})", "3 %",
            f"{found['explained']:.1%}", f"{found['withheld']}, {found['lost']}"]


def evidence_rows(by_server):
    head = ["loopstall's CPU with evidence", "measured", "limit", "stalls explained", "looks withheld, lost"]
    return [head] + [evidence_row(name, found) for name, found in by_server.items()]
