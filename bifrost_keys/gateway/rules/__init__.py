"""The gateway's rules about keys, as functions from data to faults."""
