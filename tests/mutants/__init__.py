"""Programs broken on purpose: does a scenario notice?"""
