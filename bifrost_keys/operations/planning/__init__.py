"""Plan a change of keys, refuse what the gateway would refuse, and carry it out."""
