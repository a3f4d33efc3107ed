"""What a statistician estimates: the frozen groups that each rule declares beside its equation, gathered."""

from __future__ import annotations

from abm.asset_managers.sleeves import SleeveParameters
from abm.crypto_market.agent import CryptoMarketParameters
from abm.employers.menu import SponsorParameters
from abm.government.agent import GovernmentParameters
from abm.network import NetworkParameters
from abm.participants.choice import ChoiceParameters
from abm.participants.life import LifeParameters
from abm.participants.outcomes import OutcomeParameters
from abm.participants.payroll import PayrollParameters
from abm.participants.population import PopulationParameters
from abm.participants.retirement import RetirementParameters
from abm.participants.traits import TraitParameters
from abm.participants.trust import TrustParameters
from abm.participants.valuation import ValuationParameters
from abm.quantities import Quantities
from abm.returns import ReturnsParameters


class Parameters(Quantities):
    """Every estimated constant of the model, by the rule that reads it."""

    population: PopulationParameters = PopulationParameters()
    traits: TraitParameters = TraitParameters()
    life: LifeParameters = LifeParameters()
    payroll: PayrollParameters = PayrollParameters()
    choice: ChoiceParameters = ChoiceParameters()
    trust: TrustParameters = TrustParameters()
    valuation: ValuationParameters = ValuationParameters()
    retirement: RetirementParameters = RetirementParameters()
    outcomes: OutcomeParameters = OutcomeParameters()
    sponsors: SponsorParameters = SponsorParameters()
    sleeves: SleeveParameters = SleeveParameters()
    network: NetworkParameters = NetworkParameters()
    returns: ReturnsParameters = ReturnsParameters()
    crypto_market: CryptoMarketParameters = CryptoMarketParameters()
    government: GovernmentParameters = GovernmentParameters()
