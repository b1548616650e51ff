#!/bin/sh
# Fills ./data beside compose.yaml with a reference to each provider's variable in ./bifrost.env, which the gateway
# gets as its environment. The secrets stay in that one file.
set -eu
cd "${1:-$(dirname "$0")}"
chmod 600 ./bifrost.env
keys --app-dir ./data import ./bifrost.env --init
keys --app-dir ./data check --strict
