"""The one table of fields, and the types that it gives to a key's members."""
