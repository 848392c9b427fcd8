#!/usr/bin/env python3
"""Deterministic synthetic microdata for the oracle (small, committed as CSV).

    make_micro.py [--seed 7] [--out .]

micro.csv      ~2,000 rows, 12 strata; strata 11 and 12 have one PSU; stratum 10 is a census of PSUs (fpc = n);
               PSU codes are unique over strata; psu_nest restarts at 1 in each stratum (needs nest=TRUE)
  y1     0/1, 6 % missing          y2     rare 0/1 (1 %)         y3   0/1, clustered, missing not at random by area
  y0all  0 for every row of area A5; y1all 1 for every row of area A6; elsewhere random
  ymiss  missing for every row of area A7          cat4  4-level item with missing      x  continuous with missing
  den    0/1 denominator (asked / eligible)        num   0/1 numerator, only 1 where den = 1
  area   A1..A8 (A8: a single respondent; A3 lies in one stratum; A4 has rows of a single PSU in one stratum)
  N_psu  PSUs in the population of the stratum (fpc, first stage); N_ssu persons in the PSU (fpc, second stage)
  w0     weight with 5 % zeros
wave2.csv      independent second wave, same columns
brr.csv        16 strata x 2 PSUs, 320 rows, same outcomes (replicate-weight cases)
"""

import argparse
import numpy as np


def wave(rng, shift, S=12, single=(11, 12), census=10, row_rng=(14, 34)):
    rows = []
    psu_id = 0
    for h in range(1, S + 1):
        k = 1 if h in single else (4 if h == census else int(rng.integers(2, 12)))
        Np = k if h == census else int(rng.integers(20, 80))
        for j in range(1, k + 1):
            psu_id += 1
            u = rng.normal(0, 0.6)
            m = int(rng.integers(*row_rng))
            Ns = int(rng.integers(60, 400))
            for i in range(m):
                area = (
                    "A3" if h == 3 else ("A4" if (h == 4 and j == 1) else f"A{[1, 2, 5, 6, 7, 1, 2, 1][(h + i) % 8]}")
                )
                age = int(rng.integers(0, 6))
                sex = int(rng.random() < 0.52)
                w = (Np / k) * (Ns / m) * float(rng.lognormal(0, 0.3))
                lin = lambda b: 1 / (1 + np.exp(-(b + u + 0.15 * (age - 2.5) - 0.2 * sex + shift)))
                den = int(rng.random() < 0.7)
                rows.append(
                    dict(
                        stratum=h,
                        psu=psu_id,
                        psu_nest=j,
                        area=area,
                        region=f"R{1 + (h - 1) // 4}",
                        sex=sex,
                        age=age,
                        weight=round(w, 4),
                        w0=0 if rng.random() < 0.05 else round(w, 4),
                        N_psu=Np,
                        N_ssu=Ns,
                        y1=int(rng.random() < lin(-0.2)),
                        y2=int(rng.random() < 0.012),
                        y3=int(rng.random() < lin(0.8)),
                        y0all=int(rng.random() < 0.2),
                        y1all=int(rng.random() < 0.8),
                        ymiss=int(rng.random() < 0.5),
                        cat4=int(1 + rng.choice(4, p=[0.1, 0.2, 0.3, 0.4])),
                        x=round(float(20 + 5 * u + rng.gamma(2, 6)), 3),
                        den=den,
                        num=int(den and rng.random() < lin(0.1)),
                        mis=[rng.random() for _ in range(4)],
                    )
                )
    rows[7]["area"] = "A8"
    out = []
    for i, r in enumerate(rows):
        m = r.pop("mis")
        r["id"] = i + 1
        if m[0] < 0.06 and r["area"] != "A8":
            r["y1"] = None
        if m[1] < (0.25 if r["area"] == "A2" else 0.03):
            r["y3"] = None
        if r["area"] == "A5":
            r["y0all"] = 0
        if r["area"] == "A6":
            r["y1all"] = 1
        if r["area"] == "A7":
            r["ymiss"] = None
        if m[2] < 0.05:
            r["cat4"] = None
        if m[3] < 0.04:
            r["x"] = None
        out.append(r)
    return out


def write(path, rows):
    c = ["id"] + [k for k in rows[0] if k != "id"]
    with open(path, "w") as f:
        f.write(",".join(c) + "\n")
        for r in rows:
            f.write(",".join("" if r[k] is None else str(r[k]) for k in c) + "\n")
    print(path, len(rows), "rows", len({r["psu"] for r in rows}), "PSUs")


if __name__ == "__main__":
    a = argparse.ArgumentParser()
    a.add_argument("--seed", type=int, default=7)
    a.add_argument("--out", default=".")
    a = a.parse_args()
    rng = np.random.default_rng(a.seed)
    write(f"{a.out}/micro.csv", wave(rng, 0.0))
    write(f"{a.out}/wave2.csv", wave(rng, 0.25))
    b = []
    for k in range(16):  # two PSUs in each of 16 strata
        r = wave(rng, 0.0, S=1, single=(), census=0, row_rng=(10, 11))
        ps = sorted({q["psu"] for q in r})[:2]
        r = [q for q in r if q["psu"] in ps]
        for q in r:
            q["stratum"] = k + 1
            q["psu"] = 2 * k + ps.index(q["psu"]) + 1
            q["region"] = f"R{1 + k // 6}"
            q["area"] = f"A{1 + (q['id'] % 3)}"
            q["id"] = len(b) + 1
            b.append(q)
    for q in b:  # psu_nest stays 1, 2; half samples need exactly 2
        assert q["psu_nest"] in (1, 2)
    write(f"{a.out}/brr.csv", b)
