"""Published energies and emissions of training against hours x power x PUE, and against grid factors."""

from collections.abc import Callable
from dataclasses import replace

from genai_tui.errors import UsageFault
from genai_tui.estimation.checking.rows import Found, Row, checked
from genai_tui.estimation.checking.shapes import Lookup
from genai_tui.estimation.checking.table import Checked, Table, judged
from genai_tui.estimation.energy import US_MEAN, Place, emissions, energy
from genai_tui.estimation.hardware import find_accelerator


def tables(file: str, rows: list[dict[str, object]], cards: Lookup) -> list[Table]:
    """Two tables: energy in MWh and CO2e in tonnes, of the rows of trainings that say them."""
    trained = [row for row in judged(rows) if row.get("kind") == "training"]
    return [
        Table(file, "energy", tuple(_of(row, "energy_mwh", _mwh) for row in trained if "energy_mwh" in row)),
        Table(file, "CO2e", tuple(_of(row, "co2e_t", _tonnes) for row in trained if "co2e_t" in row)),
    ]


def _place(row: Row) -> tuple[Place, str]:
    """Where it was, as far as the row says; else the US mean, which is said."""
    assumed = [what for what, key in (("PUE", "pue"), ("grid", "grid_kg_co2e_per_kwh")) if key not in row]
    place = Place(
        "the row's",
        float(row.get("pue", US_MEAN.pue)),
        float(row.get("grid_kg_co2e_per_kwh", US_MEAN.kg_per_kwh)),
        str(row.get("source", "")),
    )
    return place, f"{' and '.join(assumed)} assumed: {US_MEAN.name}" if assumed else ""


def _of(row: Row, key: str, way: Callable[[Row], Found]) -> Checked:
    return checked(row, key, lambda: way(row))


def _mwh(row: Row) -> Found:
    place, note = _place(row)
    if "pue" not in row and row.get("power_is") in ("TDP", "assumed mean"):
        place, note = replace(place, pue=1.0), "without PUE, as the row says none"
    return Found(energy(_hours(row), _power(row), place).value, note)


def _tonnes(row: Row) -> Found:
    place, note = _place(row)
    spent = float(row["energy_mwh"]) if "energy_mwh" in row else energy(_hours(row), _power(row), place).value
    return Found(emissions(spent, place).value, note)


def _hours(row: Row) -> float:
    if "accelerator_hours" not in row:
        raise UsageFault("The row says no hours", "Energy is hours x power.")
    return float(row["accelerator_hours"])


def _power(row: Row) -> float:
    power = row.get("power_w_per_accelerator") or find_accelerator(str(row["accelerator"])).power_w
    if not power:
        raise UsageFault(f"The power of {row['accelerator']} is not known", "Energy is hours x power.")
    return float(power)
