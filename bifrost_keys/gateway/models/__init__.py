"""The gateway's rules for comparing, matching and routing model names."""
