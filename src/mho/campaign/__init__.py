"""Campaigns: steps over the cells of a sample, gone on with where they stopped."""

from mho.campaign.campaign import Campaign, CampaignFile, Step, When, read_campaign
from mho.campaign.conduct import Finished, conduct
from mho.campaign.standing import Standing, State, Work, standing_of, works

__all__ = [
    "Campaign",
    "CampaignFile",
    "Finished",
    "Standing",
    "State",
    "Step",
    "When",
    "Work",
    "conduct",
    "read_campaign",
    "standing_of",
    "works",
]
