"""Energy and CO2e of accelerator-hours. Source: Patterson et al. 2021 (arXiv 2104.10350) section 2."""

from dataclasses import dataclass

from genai_tui.estimation.amounts import amount
from genai_tui.records.estimates import Part

METHOD = "Patterson et al. 2021 (arXiv 2104.10350) section 2"


@dataclass(frozen=True)
class Place:
    """Where it is computed: power usage effectiveness of the building, and kg CO2e a kWh of its grid."""

    name: str
    pue: float
    kg_per_kwh: float
    source: str


US_MEAN = Place("US mean, as Meta counted in 2023", 1.1, 0.385, "LLaMA paper (arXiv 2302.13971) Table 15")


def energy(hours: float, power_w: float, place: Place = US_MEAN) -> Part:
    """Energy in MWh: hours x watts x PUE / 10^6. Watts at the board's limit is an upper bound. Raises UsageFault."""
    amount("number of accelerator-hours", hours, zero=True)
    amount("power", power_w, high=1e6)
    amount("power usage effectiveness", place.pue, high=10)
    value = hours * power_w * place.pue / 1e6
    return Part("energy", value, "MWh", f"{hours:.4g} hours x {power_w:g} W x PUE {place.pue:g} / 1e6", METHOD)


def emissions(mwh: float, place: Place = US_MEAN) -> Part:
    """CO2e in tonnes of `mwh`: MWh x kg a kWh. Raises UsageFault."""
    amount("energy", mwh, zero=True)
    amount("grid factor", place.kg_per_kwh, high=10, zero=True)
    value = mwh * place.kg_per_kwh
    return Part("CO2e", value, "tonnes", f"{mwh:.4g} MWh x {place.kg_per_kwh:g} t a MWh", place.source)
