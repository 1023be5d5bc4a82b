"""Published energies and emissions of training against hours x power x PUE, and against grid factors."""

from genai_tui.errors import GenaiError, UsageFault
from genai_tui.estimation.amounts import amount
from genai_tui.estimation.checking.shapes import Lookup, Row
from genai_tui.estimation.checking.table import Checked, Table, judged
from genai_tui.estimation.energy import US_MEAN, Place, emissions, energy
from genai_tui.estimation.hardware import find_accelerator


def tables(file: str, rows: list[dict[str, object]], cards: Lookup) -> list[Table]:
    """Two tables: energy in MWh and CO2e in tonnes, of the rows of trainings that say them."""
    trained = [row for row in judged(rows) if row.get("kind") == "training"]
    return [
        Table(file, "energy", tuple(_checked(row, "energy_mwh") for row in trained if "energy_mwh" in row)),
        Table(file, "CO2e", tuple(_checked(row, "co2e_t") for row in trained if "co2e_t" in row)),
    ]


def _checked(row: Row, key: str) -> Checked:
    name, truth = str(row.get("name")), 0.0
    try:
        truth = amount(key, float(row[key]))
        value, note = (_mwh if key == "energy_mwh" else _tonnes)(row)
    except GenaiError as error:
        return Checked(name, truth, None, note=str(error))
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as fault:
        return Checked(name, truth, None, note=f"the row cannot be read: {type(fault).__name__} {fault}")
    return Checked(name, truth, value, note=note)


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


def _mwh(row: Row) -> tuple[float, str]:
    place, note = _place(row)
    if "accelerator_hours" not in row:
        raise UsageFault("The row says no hours", "Energy is hours x power.")
    power = row.get("power_w_per_accelerator") or find_accelerator(str(row["accelerator"])).power_w
    if not power:
        raise UsageFault(f"The power of {row['accelerator']} is not known", "Energy is hours x power.")
    if "pue" not in row and row.get("power_is") in ("TDP", "assumed mean"):
        place, note = Place(place.name, 1.0, place.kg_per_kwh, place.source), "without PUE, as the row says none"
    return energy(float(row["accelerator_hours"]), float(power), place).value, note


def _tonnes(row: Row) -> tuple[float, str]:
    if "energy_mwh" in row:
        place, note = _place(row)
        return emissions(float(row["energy_mwh"]), place).value, note
    place, note = _place(row)
    power = row.get("power_w_per_accelerator") or find_accelerator(str(row["accelerator"])).power_w
    if not power:
        raise UsageFault(f"The power of {row['accelerator']} is not known", "Energy is hours x power.")
    return emissions(energy(float(row["accelerator_hours"]), float(power), place).value, place).value, note
